package holdfast.verify.servers;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.MemberInfo;
import holdfast.client.files.Cell.Administration.ReplicaGroupInfo;
import holdfast.client.files.Cell.Administration.ReplicaInfo;
import holdfast.client.files.Cell.Administration.ServerInfo;
import holdfast.verify.processes.ReplicatedCell;
import holdfast.verify.processes.ReplicatedCell.Role;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** How file servers come to be replicas of each other. */
final class ReplicaGroupsTest {
    @TempDir
    Path folder;

    @Test
    void freshFileServersThatNameTheSameDirectoriesAreReplicas() throws IOException {
        try (ReplicatedCell cell = ReplicatedCell.startWithoutFileServers(folder)) {
            List<String> files = Stream.generate(() -> cell.launchFileServer("\"/home\", \"/etc\""))
                    .limit(3)
                    .toList();
            cell.awaitMembers(files);
            List<MemberInfo> members = cell.members(Role.FILE);
            assertThat(members)
                    .extracting(MemberInfo::address)
                    .containsExactlyInAnyOrderElementsOf(files);
            assertThat(members)
                    .extracting(MemberInfo::group)
                    .containsOnly(members.getFirst().group());
            cell.done("put", cell.write("words", "kept").toString(), "/home/words");
            cell.process(cell.leader(Role.FILE)).kill();
            assertThat(cell.done("cat", "/home/words")).isEqualTo("kept");
        }
    }

    @Test
    void administratorsMakeAGroupOfServersAndDrainOneOfThem() throws IOException {
        try (ReplicatedCell cell = ReplicatedCell.startWithoutFileServers(folder)) {
            String first = cell.launchFileServer("\"/home\"", "--zone", "r1");
            String second = cell.launchFileServer("", "--zone", "r2");
            String third = cell.launchFileServer("", "--zone", "r3");
            String fourth = cell.launchFileServer("", "--zone", "r3");
            awaitGroups(cell, 4);
            cell.done("put", cell.write("words", "kept").toString(), "/home/words");

            assertThat(cell.process(cell.launchFileServer("", "--zone", "a b")).awaitRefusal(1))
                    .contains("a zone's name has from 1 to 64 letters");
            assertThat(cell.refused(5, "groups", "create", "--replicas", "3"))
                    .contains("each in another zone; there are 2: ");
            assertThat(cell.refused(1, "groups", "create", "--members", first + "," + second))
                    .contains("one, three or five file servers, not 2");
            assertThat(cell.refused(1, "groups", "create")).contains("--members or --replicas");
            assertThat(cell.refused(4, "groups", "create", "--members", "127.0.0.1:1"))
                    .contains("no file server is called '127.0.0.1:1'");
            String others = second + "," + third;
            assertThat(cell.refused(6, "groups", "create", "--members", others + "," + first))
                    .contains("holds /home; only the first one may hold volumes");

            String named = String.join(",", first, second, third);
            cell.done("groups", "create", "--members", named);
            cell.done("groups", "create", "--members", named);
            assertThat(cell.refused(1, "groups", "create", "--members", first))
                    .contains("is of that group too");
            List<ReplicaGroupInfo> groups = awaitGroups(cell, 2);
            ReplicaGroupInfo made = groupOf(groups, first);
            assertThat(made.members())
                    .extracting(ReplicaInfo::address)
                    .containsExactlyInAnyOrder(first, second, third);
            assertThat(made.members()).allMatch(ReplicaInfo::joined);
            assertThat(made.volumes()).extracting(Object::toString).containsExactly("/home");

            cell.done("volumes", "create", "/more", "--group", made.id().substring(0, 8));
            assertThat(groupOf(awaitGroups(cell, 2), first).volumes()).hasSize(2);
            assertThat(cell.refused(4, "volumes", "create", "/x", "--group", "zz"))
                    .contains("no replica group has an id that begins with 'zz'");
            drain(cell, fourth);
            assertThat(cell.done("cat", "/home/words")).isEqualTo("kept");
        }
    }

    /** The leader of the three; {@code alone} is the other group's only one. */
    private static void drain(ReplicatedCell cell, String alone) throws IOException {
        String leader = cell.members(Role.FILE).stream()
                .filter(member -> member.leads() && !member.address().equals(alone))
                .map(MemberInfo::address)
                .findFirst()
                .orElseThrow();
        assertThat(cell.refused(6, "file-server", "drain", alone)).contains("it has no replica");
        cell.done("file-server", "drain", alone, "--force");
        assertThat(cell.done("file-server", "drain", leader)).contains(leader + ": safe to stop");
        assertThat(cell.done("members")).contains("follows, draining");
        assertThat(cell.refused(6, "volumes", "create", "/y")).contains("down or draining");
        cell.process(leader).kill();
        assertThat(cell.done("cat", "/home/words")).isEqualTo("kept");
        cell.start(leader);
        cell.done("file-server", "undrain", alone);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
            try (Cell client = cell.connect("cache-undrained")) {
                return client.administration().servers().stream().noneMatch(ServerInfo::draining);
            }
        });
        cell.done("volumes", "create", "/y");
    }

    private static ReplicaGroupInfo groupOf(List<ReplicaGroupInfo> groups, String address) {
        return groups.stream()
                .filter(group -> group.members().stream()
                        .anyMatch(member -> member.address().equals(address)))
                .findFirst()
                .orElseThrow();
    }

    private static List<ReplicaGroupInfo> awaitGroups(ReplicatedCell cell, int count)
            throws IOException {
        try (Cell client = cell.connect("cache-groups")) {
            return Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(
                            () -> client.administration().groups(),
                            groups -> groups.size() == count);
        }
    }
}
