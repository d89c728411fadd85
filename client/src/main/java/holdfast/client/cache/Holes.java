package holdfast.client.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Where a local file has bytes, as its file system tells; where none can tell, everywhere. */
final class Holes {
    private Holes() {}

    /** The next bytes at or after {@code position}, which is in the file; empty: none. */
    static OptionalLong nextData(Path file, long position) throws IOException {
        if (!Posix.AVAILABLE) {
            return OptionalLong.of(position);
        }
        try (Posix.Descriptor open = Posix.Descriptor.open(file, false)) {
            return open.nextData(position);
        }
    }

    /** The next hole at or after {@code position}, which is in the file; its end is one. */
    static long nextHole(Path file, long position, long size) throws IOException {
        if (!Posix.AVAILABLE) {
            return size;
        }
        try (Posix.Descriptor open = Posix.Descriptor.open(file, false)) {
            return open.nextHole(position);
        }
    }
}
