package holdfast.verify.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Contents that were changed on a disk behind our back: wrong bytes are never given out. */
@ExtendWith(SharedCell.class)
final class DamagedContentsTest {
    private static final int LARGE = 3_000_000;

    private static Path local(ProcessCell cell, int seed) throws IOException {
        byte[] bytes = new byte[LARGE];
        new Random(seed).nextBytes(bytes);
        return Files.write(cell.folder().resolve("large-" + seed), bytes);
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    /** Turns over one bit of each of the larger files in {@code folder}. */
    private static void damage(Path folder) throws IOException {
        List<Path> large = filesIn(folder).stream()
                .filter(file -> file.toFile().length() > 100_000)
                .toList();
        assertThat(large).isNotEmpty();
        for (Path file : large) {
            assertThat(file.toFile().setWritable(true)).isTrue();
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                bytes.seek(bytes.length() / 2);
                int before = bytes.read();
                bytes.seek(bytes.length() / 2);
                bytes.write(before ^ 1);
            }
        }
    }

    private static void assertRefused(ProcessCell cell, String path, String cache) {
        Path copy = cell.folder().resolve("copy");
        assertThat(cell.refused(7, "get", "--cache", cache, path, copy.toString()))
                .startsWith("holdfast: " + path + ": ")
                .contains("file server 127.0.0.1:");
        assertThat(copy).doesNotExist();
        assertThat(cell.refused(7, "cat", "--cache", cache, path)).contains(path);
    }

    @Test
    void aChunkDamagedOnAStoppedServerIsAnErrorUntilTheFileIsStoredAgain(ProcessCell cell)
            throws IOException {
        Path original = local(cell, 1);
        cell.done("put", original.toString(), "/home/stopped");
        cell.kill(Server.FILES_2);
        damage(cell.folder().resolve("fs2_root/chunks"));
        cell.start(Server.FILES_2);
        assertRefused(cell, "/home/stopped", "cold-1");
        cell.done("put", "--all", original.toString(), "/home/stopped");
        cell.done("get", "--cache", "cold-1", "/home/stopped", "whole-1");
        assertThat(Files.mismatch(original, cell.folder().resolve("whole-1"))).isEqualTo(-1);
    }

    @Test
    void aChunkDamagedUnderARunningServerIsAnErrorAndWhoHasItCachedReadsOn(ProcessCell cell)
            throws IOException {
        Path original = local(cell, 2);
        cell.done("put", original.toString(), "/src/running");
        cell.done("get", "--cache", "warm", "/src/running", "before");
        damage(cell.folder().resolve("fs1_root/chunks"));
        assertRefused(cell, "/src/running", "cold-2");
        cell.done("get", "--cache", "warm", "/src/running", "after");
        assertThat(Files.mismatch(original, cell.folder().resolve("after"))).isEqualTo(-1);
        assertThat(cell.done("stat", "--json", "/src/running")).contains("\"size\":" + LARGE);
    }

    @Test
    void aDamagedObjectOfTheCacheIsBroughtAgain(ProcessCell cell) throws IOException {
        Path original = local(cell, 3);
        cell.done("put", original.toString(), "/etc/cached");
        cell.done("get", "--cache", "spoilt", "/etc/cached", "first");
        damage(cell.folder().resolve("spoilt/objects"));
        cell.done("get", "--cache", "spoilt", "/etc/cached", "second");
        assertThat(Files.mismatch(original, cell.folder().resolve("second"))).isEqualTo(-1);
        damage(cell.folder().resolve("spoilt/objects"));
        var verified = cell.run("cache", "--cache", "spoilt", "verify");
        assertThat(verified.awaitEnd()).isEqualTo(7);
        assertThat(verified.out()).contains("/etc/cached");
        assertThat(cell.done("cache", "--cache", "spoilt", "verify"))
                .isEqualTo("all cached objects are whole\n");
    }
}
