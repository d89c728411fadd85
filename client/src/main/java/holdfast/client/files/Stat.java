package holdfast.client.files;

import holdfast.model.id.FileId;
import holdfast.model.path.Name;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a file, a directory or a symbolic link.
 *
 * @param mode permission bits, 07777
 * @param size bytes of contents; of a directory: entries; of a link: bytes of its target
 * @param storedBytes bytes of contents without holes
 * @param dataVersion counts the committed contents
 * @param changeNumber counts all committed changes
 * @param target of a symbolic link, as bytes of a path
 * @param mountedVolume the volume mounted at this directory, where there is one
 */
public record Stat(
        FileId file,
        Type type,
        int mode,
        String owner,
        String group,
        int links,
        long size,
        long storedBytes,
        long dataVersion,
        long changeNumber,
        Instant modified,
        Instant accessed,
        Instant changed,
        Instant created,
        Optional<Target> target,
        Optional<Integer> mountedVolume) {

    /** What kind of vnode it is. */
    public enum Type {
        FILE,
        DIRECTORY,
        SYMLINK
    }

    /** Where a symbolic link points. */
    public record Target(com.google.protobuf.ByteString bytes) {
        @Override
        public String toString() {
            return bytes.toStringUtf8();
        }
    }

    /** An entry of a directory. */
    public record Entry(Name name, Stat stat) {}

    public boolean isDirectory() {
        return type == Type.DIRECTORY;
    }

    public boolean isFile() {
        return type == Type.FILE;
    }
}
