package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.environment.Requires;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** A disk of its own, small enough to be filled: in memory, or in a file. Needs root. */
public final class SmallDisk implements AutoCloseable {
    private static final int TRIES = 5;
    private static final int STEP = 4096;
    private static final int ROUGHLY = 1 << 20;

    /** What the system says of ENOSPC. */
    private static final String FULL = "No space left";

    private final Path at;

    private SmallDisk(Path at) {
        this.at = at;
    }

    /** Mounts one of so many mebibytes at {@code folder}, which is made. */
    public static SmallDisk mount(Path folder, int mebibytes) {
        Requires.root();
        Requires.command("mount");
        Requires.command("umount");
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SmallDisk disk = new SmallDisk(folder);
        disk.run(
                "mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "test", folder.toString());
        return disk;
    }

    /**
     * Mounts one of so many mebibytes at {@code folder}, which is made: a file beside it that only
     * takes the room that is used. Syncs of it are syncs of the disk under it.
     */
    public static SmallDisk inFile(Path folder, int mebibytes) {
        Requires.root();
        Requires.command("mkfs.ext4");
        Requires.readable(Path.of("/dev/loop-control"));
        Path file = folder.resolveSibling(folder.getFileName() + ".disk");
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            Files.createDirectories(folder);
            made.setLength((long) mebibytes << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SmallDisk disk = new SmallDisk(folder);
        disk.run("mkfs.ext4", "-q", "-m", "0", file.toString());
        disk.run("mount", "-o", "loop", file.toString(), folder.toString());
        return disk;
    }

    /** Where it is mounted. */
    public Path at() {
        return at;
    }

    /** Takes all of its room but so many bytes, without writing that much. */
    public void leave(long bytes) {
        for (int i = 0; i < TRIES && free() > bytes; i++) {
            String taken = String.valueOf(free() - bytes);
            // Fails when somebody else takes of it meanwhile.
            var unused =
                    start("fallocate", "--length", taken, filler(i).toString()).awaitEnd();
        }
    }

    /** Fills it to the last byte, as others that use the disk may. */
    public void fill() {
        byte[] zeros = new byte[STEP];
        leave(ROUGHLY);
        try (OutputStream out = Files.newOutputStream(
                filler(0), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (free() > 0) {
                out.write(zeros);
            }
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains(FULL)) {
                throw new UncheckedIOException(e);
            }
            // It was full, though somebody else may have made room since.
        }
    }

    private long free() {
        try {
            return Files.getFileStore(at).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes back what {@link #fill} or {@link #leave} took. */
    public void makeRoom() {
        try {
            for (int i = 0; i < TRIES; i++) {
                Files.deleteIfExists(filler(i));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path filler(int number) {
        return at.resolve("filler" + number);
    }

    private void run(String... command) {
        LocalProcess process = start(command);
        assertThat(process.awaitEnd()).as(process.err()).isZero();
    }

    private LocalProcess start(String... command) {
        return LocalProcess.program(Objects.requireNonNull(at.getParent()), command);
    }

    @Override
    public void close() {
        run("umount", "--lazy", at.toString());
    }
}
