package holdfast.server.volume;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.wire.log.ClientRecord;
import holdfast.wire.log.GroupRecord;
import holdfast.wire.log.ReplacedRecord;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.log.VolumeRecord;
import holdfast.wire.proto.FileType;

import java.util.Optional;
import java.util.function.BiConsumer;

/** Rows as what they mean. */
final class Records {
    private final Rows rows;

    Records(Rows rows) {
        this.rows = rows;
    }

    Rows rows() {
        return rows;
    }

    GroupRecord group() {
        return rows.get(Keys.GROUP)
                .map(value -> parse(GroupRecord.parser(), value))
                .orElse(GroupRecord.getDefaultInstance());
    }

    /** The number to push under: of the last collection, 1 before any (0 means "not pushed"). */
    long collection() {
        return Math.max(1, group().getCollection());
    }

    Optional<ClientRecord> client(long client) {
        return rows.get(Keys.client(client)).map(value -> parse(ClientRecord.parser(), value));
    }

    /** The volume, also one that was dropped. */
    Optional<VolumeRecord> volumeEver(int number) {
        return rows.get(Keys.volume(number)).map(value -> parse(VolumeRecord.parser(), value));
    }

    /** Whether the volume is here. */
    boolean isHere(int number) {
        return volumeEver(number).filter(volume -> !volume.getDropped()).isPresent();
    }

    /** The volume, which must be here. */
    VolumeRecord volume(int number) {
        return volumeEver(number).filter(volume -> !volume.getDropped()).orElseThrow(() -> {
            return Refusal.of(FailureCode.NOT_MINE, "volume " + number + " is not here");
        });
    }

    /** Shows every volume, also those that were dropped. */
    void volumes(BiConsumer<Integer, VolumeRecord> visitor) {
        rows.scan(Keys.VOLUMES, Keys.VOLUMES, (key, value) -> {
            visitor.accept(Keys.volumeOf(key), parse(VolumeRecord.parser(), value));
            return true;
        });
    }

    /** The vnode, also one that has no name any more. */
    Optional<VnodeRecord> vnode(long file) {
        return rows.get(Keys.vnode(file)).map(value -> parse(VnodeRecord.parser(), value));
    }

    /** The vnode in a volume that is here, also one that has no name any more. */
    VnodeRecord known(long file) {
        if (!FileId.valid(file)) {
            throw Refusal.of(FailureCode.INVALID, "no file has the id " + file);
        }
        FileId id = new FileId(file);
        volume(id.volume());
        return vnode(file).orElseThrow(() -> gone(id));
    }

    /** The vnode, which must have a name. */
    VnodeRecord live(long file) {
        VnodeRecord record = known(file);
        if (record.getAttributes().getLinks() == 0) {
            throw gone(new FileId(file));
        }
        return record;
    }

    /** The folder. */
    VnodeRecord folder(long file) {
        VnodeRecord record = live(file);
        if (!isFolder(record)) {
            throw Refusal.of(FailureCode.NOT_A_DIRECTORY, new FileId(file) + " is no directory");
        }
        return record;
    }

    /** The vnode called {@code name} in the folder; empty when there is none. */
    Optional<Long> child(long folder, ByteString name) {
        return rows.get(Keys.entry(folder, name)).map(value -> Keys.number(value, 0));
    }

    Optional<ReplacedRecord> replaced(long file, long version) {
        return rows.get(Keys.replaced(file, version))
                .map(value -> parse(ReplacedRecord.parser(), value));
    }

    /** In how many versions' counts the chunk is. */
    long chunkCount(ByteString hash) {
        return rows.get(Keys.chunk(hash)).map(value -> Keys.number(value, 0)).orElse(0L);
    }

    static boolean isFolder(VnodeRecord record) {
        return record.getAttributes().getType() == FileType.FOLDER;
    }

    static Refusal gone(FileId id) {
        return Refusal.of(FailureCode.STALE, id + " is gone: removed by another client");
    }

    /** A row's value; one that can't be parsed is damage, and stops everything. */
    static <T extends Message> T parse(Parser<T> parser, ByteString value) {
        try {
            return parser.parseFrom(value);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("damaged row of the namespace table", e);
        }
    }
}
