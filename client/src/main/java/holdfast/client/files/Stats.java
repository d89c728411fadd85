package holdfast.client.files;

import holdfast.model.id.FileId;
import holdfast.model.volume.AccessList;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Time;

import java.time.Instant;
import java.util.Optional;

/** Between the wire's attributes and the API's {@link Stat}. */
final class Stats {
    private Stats() {}

    static Stat of(Attributes a) {
        return new Stat(
                new FileId(a.getFile()),
                type(a.getType()),
                a.getMode(),
                a.getOwner(),
                a.getGroup(),
                a.getLinks(),
                a.getSize(),
                a.getStoredBytes(),
                a.getDataVersion(),
                a.getChangeNumber(),
                instant(a.getModified()),
                instant(a.getAccessed()),
                instant(a.getChanged()),
                instant(a.getCreated()),
                a.getType() == FileType.SYMLINK
                        ? Optional.of(new Stat.Target(a.getTarget()))
                        : Optional.empty(),
                a.getMountedVolume() == 0 ? Optional.empty() : Optional.of(a.getMountedVolume()),
                a.getDevice(),
                a.getHasXattrs(),
                list(a.getAccessList()),
                list(a.getDefaultList()));
    }

    private static Optional<AccessList> list(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(AccessList.parse(text));
    }

    private static Stat.Type type(FileType type) {
        return switch (type) {
            case FOLDER -> Stat.Type.DIRECTORY;
            case SYMLINK -> Stat.Type.SYMLINK;
            case FIFO -> Stat.Type.FIFO;
            case SOCKET -> Stat.Type.SOCKET;
            case CHARACTER_DEVICE -> Stat.Type.CHARACTER_DEVICE;
            case BLOCK_DEVICE -> Stat.Type.BLOCK_DEVICE;
            case FILE, TYPE_NONE, UNRECOGNIZED -> Stat.Type.FILE;
        };
    }

    static FileType type(Stat.Type type) {
        return switch (type) {
            case FILE -> FileType.FILE;
            case DIRECTORY -> FileType.FOLDER;
            case SYMLINK -> FileType.SYMLINK;
            case FIFO -> FileType.FIFO;
            case SOCKET -> FileType.SOCKET;
            case CHARACTER_DEVICE -> FileType.CHARACTER_DEVICE;
            case BLOCK_DEVICE -> FileType.BLOCK_DEVICE;
        };
    }

    static Instant instant(Time time) {
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }

    static Time time(Instant instant) {
        return Time.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    static AttributeChanges changes(Cell.Changes wanted) {
        AttributeChanges.Builder changes = AttributeChanges.newBuilder();
        wanted.mode().ifPresent(changes::setMode);
        wanted.owner().ifPresent(changes::setOwner);
        wanted.group().ifPresent(changes::setGroup);
        if (wanted.modifiedNow()) {
            changes.setModifiedNow(true);
        } else {
            wanted.modified().map(Stats::time).ifPresent(changes::setModified);
        }
        if (wanted.accessedNow()) {
            changes.setAccessedNow(true);
        } else {
            wanted.accessed().map(Stats::time).ifPresent(changes::setAccessed);
        }
        return changes.build();
    }
}
