package holdfast.app.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** A folder of the local disk with test contents, and the plain work on it. */
final class LocalDisk {
    private static final int PIECE = 1 << 20;

    private final Path folder;
    private final Random random = new Random(1);

    LocalDisk(Path folder) {
        this.folder = folder;
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    /** Bytes that no call gave before. */
    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Writes a file with new contents, and leaves nothing of it to write back later. */
    Path fill(String name, long length) throws IOException {
        byte[] piece = new byte[PIECE];
        try (FileChannel to = replacing(path(name))) {
            for (long done = 0; done < length; done += PIECE) {
                random.nextBytes(piece);
                write(to, ByteBuffer.wrap(piece, 0, (int) Math.min(PIECE, length - done)));
            }
            to.force(true);
        }
        return path(name);
    }

    /** Copies a file in the kernel's own way; {@code synced} as a store is. */
    void copy(Path from, Path to, boolean synced) throws IOException {
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = replacing(to)) {
            long length = in.size();
            for (long done = 0; done < length; ) {
                done += in.transferTo(done, length - done, out);
            }
            if (synced) {
                out.force(true);
            }
        }
    }

    /** Writes a small file whole and syncs it. */
    static void store(Path to, byte[] contents) throws IOException {
        try (FileChannel out = replacing(to)) {
            write(out, ByteBuffer.wrap(contents));
            out.force(true);
        }
    }

    private static FileChannel replacing(Path path) throws IOException {
        return FileChannel.open(
                path,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    private static void write(FileChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }
}
