package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.environment.Requires;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** A disk in memory, small enough to be filled. Needs root. */
public final class SmallDisk implements AutoCloseable {
    private static final int STEP = 4096;

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

    /** Fills it to the last byte, as others that use the disk may. */
    public void fill() {
        byte[] zeros = new byte[STEP];
        try (OutputStream out = Files.newOutputStream(filler())) {
            while (Files.getFileStore(at).getUsableSpace() > 0) {
                out.write(zeros);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes back what {@link #fill} took. */
    public void makeRoom() {
        try {
            Files.delete(filler());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path filler() {
        return at.resolve("filler");
    }

    private void run(String... command) {
        LocalProcess process =
                LocalProcess.program(Objects.requireNonNull(at.getParent()), command);
        assertThat(process.awaitEnd()).as(process.err()).isZero();
    }

    @Override
    public void close() {
        run("umount", "--lazy", at.toString());
    }
}
