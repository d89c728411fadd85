package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.wire.log.ContentsForm;
import holdfast.wire.log.ReplacedRecord;
import holdfast.wire.log.VolumeRecord;
import holdfast.wire.proto.Manifest;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The versions of files and the chunks that they keep.
 *
 * <p>A chunk's count is the number of current versions that name it and of replaced versions that
 * hold it; without a count a collection may remove it. So that a small change to a large file costs
 * little, a replaced version does not hold all that it names: what its successor names, too, the
 * successor counts. It holds only what left the file with it. When a replaced version is collected
 * before an older one of the same file, which a reader holds perhaps, the next older one takes over
 * what of that it names itself. Nothing else is needed: had the chunk been missing in a version in
 * between, it would have been counted anew. Thus a chunk is counted as long as a version that is
 * still here names it, and no longer.
 */
final class Versions {
    private static final int LACKING_MAX = 1_024;

    private final Edit edit;
    private final Pending rows;
    private final Records records;

    Versions(Edit edit) {
        this.edit = edit;
        this.rows = edit.rows();
        this.records = edit.records();
    }

    /** Gives a file that is being made its first contents. */
    void first(Node file, NewContents contents, long collection) {
        charge(file, contents.storedBytes());
        hold(contents.chunks(), collection);
        put(file, contents, 1);
    }

    /** Makes {@code contents} the file's next version; the one before becomes a replaced one. */
    void replace(Node file, NewContents contents, long collection) {
        charge(file, contents.storedBytes() - file.change().getStoredBytes());
        Set<ByteString> before = named(file);
        Set<ByteString> come = without(contents.chunks(), before);
        hold(come, collection);
        long version = file.change().getDataVersion();
        retire(file, version, without(before, contents.chunks()));
        put(file, contents, version + 1);
    }

    /** The file lost its last name: its version has no successor and is kept for its readers. */
    void unlink(Node file) {
        charge(file, -file.change().getStoredBytes());
        retire(file, file.change().getDataVersion(), named(file));
    }

    /** Gives up a replaced version; says how many rows that took. Nothing when it is not one. */
    int collect(long file, long version) {
        Optional<ReplacedRecord> replaced = records.replaced(file, version);
        if (replaced.isEmpty()) {
            return 0;
        }
        ReplacedRecord record = replaced.get();
        int chunks = handDown(file, version, record);
        removeContents(file, version, record.getForm());
        rows.delete(Keys.replaced(file, version));
        rows.delete(Keys.queued(record.getIndex(), record.getOrdinal()));
        dropUnlinked(file);
        return chunks + 1;
    }

    /** Removes a version's contents and what it alone held, in a volume that is going. */
    int removeCurrent(Node file) {
        Set<ByteString> named = named(file);
        named.forEach(this::release);
        removeContents(
                file.file(), file.change().getDataVersion(), file.record().getForm());
        return named.size() + 1;
    }

    private void charge(Node file, long bytes) {
        VolumeRecord.Builder volume = edit.volume(file.id().volume());
        long used = volume.getUsedBytes() + bytes;
        long quota = volume.getQuotaBytes();
        if (bytes > 0 && quota > 0 && Long.compareUnsigned(used, quota) > 0) {
            throw Refusal.of(
                    FailureCode.QUOTA_EXCEEDED,
                    "the volume's quota is " + quota + " bytes; this would make it " + used);
        }
        volume.setUsedBytes(used);
    }

    private void put(Node file, NewContents contents, long version) {
        file.change()
                .setDataVersion(version)
                .setSize(contents.size())
                .setStoredBytes(contents.storedBytes());
        file.record().setForm(contents.form());
        switch (contents.form()) {
            case INLINE -> rows.put(Keys.inline(file.file(), version), contents.value());
            case CHUNKED -> rows.put(Keys.manifest(file.file(), version), contents.value());
            case EMPTY, UNRECOGNIZED -> {}
        }
    }

    private void retire(Node file, long version, Set<ByteString> left) {
        int ordinal = edit.ordinals().next();
        long index = edit.ordinals().index();
        ReplacedRecord record = ReplacedRecord.newBuilder()
                .setIndex(index)
                .setOrdinal(ordinal)
                .setForm(file.record().getForm())
                .setChunks(ByteString.copyFrom(left))
                .build();
        rows.put(Keys.replaced(file.file(), version), record.toByteString());
        rows.put(
                Keys.queued(index, ordinal), Keys.number(file.file()).concat(Keys.number(version)));
    }

    /** The chunks of the file's current version. */
    private Set<ByteString> named(Node file) {
        long version = file.change().getDataVersion();
        return named(file.file(), version, file.record().getForm());
    }

    private Set<ByteString> named(long file, long version, ContentsForm form) {
        if (form != ContentsForm.CHUNKED) {
            return Set.of();
        }
        ByteString manifest = rows.get(Keys.manifest(file, version)).orElseThrow(() -> {
            return new IllegalStateException("no manifest of " + new FileId(file));
        });
        return NewContents.chunks(Records.parse(Manifest.parser(), manifest));
    }

    private static Set<ByteString> without(Set<ByteString> all, Set<ByteString> some) {
        Set<ByteString> left = new LinkedHashSet<>();
        for (ByteString hash : all) {
            if (!some.contains(hash)) {
                left.add(hash);
            }
        }
        return left;
    }

    /**
     * Counts these chunks once more. One that no version holds yet must have been pushed recently
     * enough that no collection logged so far removes it (rule 6a).
     */
    private void hold(Set<ByteString> chunks, long collection) {
        long now = chunks.isEmpty() ? 0 : records.collection();
        if (collection > now && !chunks.isEmpty()) {
            throw Refusal.of(FailureCode.INVALID, "no collection " + collection + " was made yet");
        }
        boolean pushed = collection > 0 && collection >= now - 1;
        List<ByteString> lacking = new ArrayList<>();
        for (ByteString hash : chunks) {
            long count = records.chunkCount(hash);
            if (count > 0 || pushed) {
                rows.put(Keys.chunk(hash), Keys.number(count + 1));
            } else if (lacking.size() < LACKING_MAX) {
                lacking.add(hash);
            }
        }
        if (!lacking.isEmpty()) {
            throw Refusal.lacking(lacking);
        }
    }

    private void release(ByteString hash) {
        long count = records.chunkCount(hash);
        if (count > 1) {
            rows.put(Keys.chunk(hash), Keys.number(count - 1));
        } else if (count == 1) {
            rows.delete(Keys.chunk(hash));
        } else {
            throw new IllegalStateException(
                    "chunk " + ChunkHash.of(hash.toByteArray()) + " was not counted");
        }
    }

    /** Passes what a version holds to the next older one that names it, or gives it up. */
    private int handDown(long file, long version, ReplacedRecord record) {
        Set<ByteString> held = hashes(record.getChunks());
        Optional<Long> older = held.isEmpty() ? Optional.empty() : olderThan(file, version);
        if (older.isEmpty()) {
            held.forEach(this::release);
            return held.size();
        }
        ReplacedRecord heir = records.replaced(file, older.get()).orElseThrow();
        Set<ByteString> all = hashes(heir.getChunks());
        Set<ByteString> needed = named(file, older.get(), heir.getForm());
        for (ByteString hash : held) {
            if (!needed.contains(hash) || !all.add(hash)) {
                release(hash);
            }
        }
        rows.put(
                Keys.replaced(file, older.get()),
                heir.toBuilder().setChunks(ByteString.copyFrom(all)).build().toByteString());
        return held.size();
    }

    private Optional<Long> olderThan(long file, long version) {
        long[] found = {0};
        ByteString prefix = Keys.replaced(file);
        rows.scan(prefix, prefix, (key, value) -> {
            long other = Keys.number(key, prefix.size());
            if (other < version) {
                found[0] = other;
            }
            return other < version;
        });
        return found[0] == 0 ? Optional.empty() : Optional.of(found[0]);
    }

    private static Set<ByteString> hashes(ByteString joined) {
        Set<ByteString> hashes = new LinkedHashSet<>();
        for (int at = 0; at < joined.size(); at += ChunkHash.BYTES) {
            hashes.add(joined.substring(at, at + ChunkHash.BYTES));
        }
        return hashes;
    }

    private void removeContents(long file, long version, ContentsForm form) {
        switch (form) {
            case INLINE -> rows.delete(Keys.inline(file, version));
            case CHUNKED -> rows.delete(Keys.manifest(file, version));
            case EMPTY, UNRECOGNIZED -> {}
        }
    }

    /** A vnode without a name goes with its last version. */
    private void dropUnlinked(long file) {
        boolean unlinked = records.vnode(file)
                .filter(record -> record.getAttributes().getLinks() == 0)
                .isPresent();
        if (unlinked && !anyReplaced(file)) {
            rows.delete(Keys.vnode(file));
        }
    }

    private boolean anyReplaced(long file) {
        boolean[] any = {false};
        rows.scan(Keys.replaced(file), Keys.replaced(file), (key, value) -> {
            any[0] = true;
            return false;
        });
        return any[0];
    }
}
