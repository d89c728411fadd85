package holdfast.server.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.server.ChildJvm;
import holdfast.testkit.environment.Requires;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Killed processes and full disks. */
final class DiskChunkStoreCrashTest {
    @TempDir
    Path folder;

    @Test
    void afterAKillEverySyncedChunkIsHereAndEveryChunkThatIsHereIsWhole() throws IOException {
        for (int lines : List.of(1, 30, 200)) {
            List<String> synced;
            try (ChildJvm child = ChildJvm.start(PutsChunks.class, folder.toString(), "" + lines)) {
                synced = child.killAfter(lines);
            }
            try (DiskChunkStore store = new DiskChunkStore(folder)) {
                long bytes = 0;
                for (ChunkHash hash : all()) {
                    store.verify(hash);
                    try (ChunkStore.OpenChunks open = store.open(List.of(hash))) {
                        bytes += open.length();
                    }
                }
                assertThat(store.chunks()).isEqualTo(all().size());
                assertThat(store.bytes()).isEqualTo(bytes);
                assertThat(all().stream().map(ChunkHash::hex)).containsAll(synced);
            }
        }
    }

    private List<ChunkHash> all() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.length() == 64)
                    .map(name -> ChunkHash.of(java.util.HexFormat.of().parseHex(name)))
                    .toList();
        }
    }

    /** Puts and syncs until it is killed, and prints the hashes that were synced. */
    static final class PutsChunks {
        private PutsChunks() {}

        public static void main(String[] arguments) {
            DiskChunkStore store = new DiskChunkStore(Path.of(arguments[0]));
            int seed = Integer.parseInt(arguments[1]);
            for (int caller = 0; caller < 3; caller++) {
                int mine = seed * 1000 + caller * 100;
                Thread.ofPlatform().start(() -> {
                    for (int i = 0; ; i++) {
                        ChunkHash one = put(store, mine * 1_000 + i);
                        ChunkHash two = put(store, -mine * 1_000 - i);
                        store.sync(List.of(one, two));
                        System.out.println(one.hex() + System.lineSeparator() + two.hex());
                    }
                });
            }
        }

        private static ChunkHash put(ChunkStore store, int seed) {
            return ChunkStoreContract.put(store, ChunkStoreContract.bytes(seed, 100_000), 1);
        }
    }

    @Test
    void aFullDiskRefusesChunksKeepsItsReserveAndGoesOnAfterACollection() throws Exception {
        Requires.root();
        Path mount = Requires.command("mount");
        Path umount = Requires.command("umount");
        Path disk = Files.createDirectory(folder.resolve("disk"));
        run(mount.toString(), "-t", "tmpfs", "-o", "size=128m", "holdfast-test", disk.toString());
        try (DiskChunkStore store = new DiskChunkStore(disk)) {
            List<ChunkHash> kept = fill(store);
            assertThat(kept.size()).isBetween(85, 96);
            assertThat(Files.getFileStore(disk).getUsableSpace()).isGreaterThan(30 << 20);
            store.sync(kept);
            kept.forEach(store::verify);
            assertThat(store.chunks()).isEqualTo(kept.size());
            // Others may eat up the reserve.
            Files.write(
                    disk.resolve("other"),
                    new byte[(int) Files.getFileStore(disk).getUsableSpace()]);
            assertThat(store.freeBytes()).isNegative();
            ChunkStoreContract.assertFails(
                    () -> ChunkStoreContract.put(store, new byte[] {1}, 1), FailureCode.NO_SPACE);
            assertThat(store.collect(9, kept.getFirst()::equals))
                    .isEqualTo((kept.size() - 1) << 20);
            store.verify(kept.getFirst());
            assertThat(fill(store)).hasSizeGreaterThan(20);
        } finally {
            run(umount.toString(), disk.toString());
        }
    }

    private static List<ChunkHash> fill(ChunkStore store) {
        List<ChunkHash> kept = new ArrayList<>();
        for (int i : IntStream.range(0, 128).toArray()) {
            byte[] contents = ChunkStoreContract.bytes(1000 + i, 1 << 20);
            if (store.freeBytes() < contents.length) {
                ChunkStoreContract.assertFails(
                        () -> ChunkStoreContract.put(store, contents, 1), FailureCode.NO_SPACE);
                return kept;
            }
            kept.add(ChunkStoreContract.put(store, contents, 1));
        }
        throw new AssertionError("the disk is never full");
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }
}
