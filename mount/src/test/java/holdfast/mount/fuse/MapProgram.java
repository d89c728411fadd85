package holdfast.mount.fuse;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes to a file through a shared mapping of it. */
final class MapProgram {
    private MapProgram() {}

    /** The file's name. */
    public static void main(String[] arguments) throws IOException {
        try (FileChannel file = FileChannel.open(
                Path.of(arguments[0]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer map = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
            map.put(70_000, (byte) (map.get(0) + 42));
            map.force();
        }
    }
}
