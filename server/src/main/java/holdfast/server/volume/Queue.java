package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.server.volume.VolumeReader.ReplacedVersion;
import holdfast.wire.log.ReplacedRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The replaced versions in the order in which they were replaced. */
final class Queue {
    private final Records records;

    Queue(Records records) {
        this.records = records;
    }

    List<ReplacedVersion> after(ReplacedVersion after, int limit) {
        List<ByteString> found = new ArrayList<>();
        ByteString from = after.equals(ReplacedVersion.START)
                ? Keys.QUEUE
                : Keys.queued(after.index(), after.ordinal());
        records.rows().scan(Keys.QUEUE, from, (key, value) -> {
            if (!key.equals(from) && found.size() < limit) {
                found.add(value);
            }
            return found.size() < limit;
        });
        List<ReplacedVersion> versions = new ArrayList<>();
        found.forEach(value -> read(value).ifPresent(versions::add));
        return versions;
    }

    private Optional<ReplacedVersion> read(ByteString value) {
        long file = Keys.number(value, 0);
        long version = Keys.number(value, Long.BYTES);
        return records.replaced(file, version).map(record -> of(record, file, version));
    }

    private static ReplacedVersion of(ReplacedRecord record, long file, long version) {
        int chunks = record.getChunks().size() / ChunkHash.BYTES;
        return new ReplacedVersion(record.getIndex(), record.getOrdinal(), file, version, chunks);
    }
}
