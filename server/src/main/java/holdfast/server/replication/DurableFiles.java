package holdfast.server.replication;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Makes files and folders durable. */
final class DurableFiles {
    private DurableFiles() {}

    /** Syncs a file's contents, or the names in a folder. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
