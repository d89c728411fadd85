package holdfast.verify.servers;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell.Administration.MemberInfo;
import holdfast.verify.processes.ReplicatedCell;
import holdfast.verify.processes.ReplicatedCell.Role;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
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
}
