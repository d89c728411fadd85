package holdfast.client.files;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The files open for writing, so that nothing is lost when the connection is closed first. */
final class OpenWriters {
    private final Set<OpenForWriting> open = ConcurrentHashMap.newKeySet();

    OpenForWriting add(OpenForWriting file) {
        open.add(file);
        return file;
    }

    void remove(OpenForWriting file) {
        open.remove(file);
    }

    void abandonAll(String why) {
        open.forEach(file -> file.abandon(why));
    }
}
