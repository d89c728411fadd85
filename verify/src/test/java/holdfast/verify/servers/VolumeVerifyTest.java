package holdfast.verify.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ReplicatedCell;
import holdfast.verify.processes.ReplicatedCell.Role;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Whether replicas are told from each other by what they hold, and mended. */
final class VolumeVerifyTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path folder;

    @Test
    void replicasAreComparedMendedAndReplaced() throws IOException {
        try (ReplicatedCell cell = ReplicatedCell.startWithoutFileServers(folder)) {
            List<String> files = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                files.add(cell.launchFileServer("\"/home\""));
            }
            cell.awaitMembers(files);
            Path large = folder.resolve("large");
            Files.write(large, bytes());
            cell.done("put", cell.write("small", "kept").toString(), "/home/small");
            cell.done("put", large.toString(), "/home/large");
            awaitIdentical(cell, 3);
            assertThat(cell.refused(3, "volumes", "verify", "/nowhere")).contains("/nowhere");

            Path chunk = anyChunk(files.getFirst());
            Path here = chunks(files.getFirst()).resolve(chunk);
            byte[] whole = Files.readAllBytes(here);
            flip(here);
            cell.done("volumes", "scrub", "/home");
            assertThat(Files.readAllBytes(here)).isEqualTo(whole);

            replace(cell, files);
            awaitIdentical(cell, 3);
            loseAllCopies(cell, files, chunk);
        }
    }

    private static byte[] bytes() {
        byte[] bytes = new byte[5 << 20];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    /** Waits for members that have still to bring chunks. */
    private static void awaitIdentical(ReplicatedCell cell, int members) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> cell.tried("volumes", "verify", "/home", "--json")
                                .lines()
                                .filter(line -> line.contains("\"finding\":\"identical\""))
                                .count()
                        == members);
        cell.done("volumes", "verify", "/home");
    }

    private Path chunks(String server) {
        return folder.resolve("file" + server.substring(10)).resolve("chunks");
    }

    /** In the folder of a server's chunks. */
    private Path anyChunk(String server) throws IOException {
        try (Stream<Path> all = Files.walk(chunks(server))) {
            Path chunk = all.filter(Files::isRegularFile).findFirst().orElseThrow();
            return chunks(server).relativize(chunk);
        }
    }

    private static void flip(Path chunk) throws IOException {
        byte[] bytes = Files.readAllBytes(chunk);
        bytes[bytes.length / 2] ^= 1;
        Files.write(chunk, bytes);
    }

    /** The last one's disk is gone; an empty folder takes its place. */
    private static void replace(ReplicatedCell cell, List<String> files) throws IOException {
        String dead = files.removeLast();
        cell.process(dead).kill();
        String fresh = cell.launchFileServer("\"/home\"");
        files.add(fresh);
        cell.awaitMembers(files);
        cell.done("members", "remove", dead, "--timeout", "1m");
        assertThat(cell.members(Role.FILE)).hasSize(3);
        assertThat(cell.refused(4, "members", "remove", dead))
                .contains("no member is called " + dead);
    }

    /** While no server runs that could mend one from another. */
    private void loseAllCopies(ReplicatedCell cell, List<String> files, Path chunk)
            throws IOException {
        files.forEach(server -> cell.process(server).kill());
        assertThat(cell.refused(5, "members", "remove", "nobody", "--timeout", "2s"))
                .contains("no leader answers of");
        for (String server : files) {
            Path copy = chunks(server).resolve(chunk);
            if (Files.exists(copy)) {
                flip(copy);
            }
        }
        files.forEach(cell::start);
        LocalProcess scrub = cell.run("volumes", "scrub", "/home");
        assertThat(scrub.awaitEnd()).isEqualTo(7);
        assertThat(scrub.out()).contains("/home/large: chunk ");
        LocalProcess get = cell.run("get", "/home/large", folder.resolve("back").toString());
        assertThat(get.awaitEnd()).isNotZero();
        assertThat(get.err()).contains("/home/large");
        assertThat(cell.done("cat", "/home/small")).isEqualTo("kept");
    }
}
