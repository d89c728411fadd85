package holdfast.client.files;

import holdfast.model.id.FileId;
import holdfast.model.path.Name;
import holdfast.model.volume.AccessList;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a file, a directory, a symbolic link or a special file.
 *
 * @param mode permission bits, 07777
 * @param size bytes of contents; of a directory: entries; of a link: bytes of its target
 * @param storedBytes bytes of contents without holes
 * @param dataVersion counts the committed contents
 * @param changeNumber counts all committed changes
 * @param target of a symbolic link, as bytes of a path
 * @param mountedVolume the volume mounted at this directory, where there is one
 * @param device of a device: which, in Linux' coding of 32 bits ({@link #major}, {@link #minor})
 * @param hasXattrs whether it has extended attributes or access lists
 * @param accessList who may do what, where that is more than {@code mode} says
 * @param defaultList of a directory: the access list of what is made in it
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
        Optional<Integer> mountedVolume,
        int device,
        boolean hasXattrs,
        Optional<AccessList> accessList,
        Optional<AccessList> defaultList) {

    /** What kind of vnode it is. */
    public enum Type {
        FILE,
        DIRECTORY,
        SYMLINK,
        FIFO,
        SOCKET,
        CHARACTER_DEVICE,
        BLOCK_DEVICE;

        public boolean isDevice() {
            return this == CHARACTER_DEVICE || this == BLOCK_DEVICE;
        }
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

    /** The same after {@code changes}. */
    public Stat with(Cell.Changes changes) {
        return new Stat(
                file,
                type,
                changes.mode().orElse(mode),
                changes.owner().orElse(owner),
                changes.group().orElse(group),
                links,
                size,
                storedBytes,
                dataVersion,
                changeNumber,
                changes.modified().orElse(modified),
                changes.accessed().orElse(accessed),
                changed,
                created,
                target,
                mountedVolume,
                device,
                hasXattrs,
                accessList.map(list -> list.withMode(changes.mode().orElse(mode))),
                defaultList);
    }

    /**
     * The same with other contents.
     *
     * @param bytes of them, as far as is known without holes
     * @param time of the last change of anything
     */
    public Stat withContents(long bytes, Instant time) {
        return new Stat(
                file,
                type,
                mode,
                owner,
                group,
                links,
                bytes,
                bytes,
                dataVersion,
                changeNumber,
                modified,
                accessed,
                time,
                created,
                target,
                mountedVolume,
                device,
                hasXattrs,
                accessList,
                defaultList);
    }

    public boolean isDirectory() {
        return type == Type.DIRECTORY;
    }

    /** A device's major number. */
    public int major() {
        return (device >>> 8) & 0xfff;
    }

    /** A device's minor number. */
    public int minor() {
        return (device & 0xff) | ((device >>> 12) & 0xfff00);
    }

    public boolean isFile() {
        return type == Type.FILE;
    }
}
