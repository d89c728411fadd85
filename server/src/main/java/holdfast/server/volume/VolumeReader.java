package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.model.volume.Access.Right;
import holdfast.server.table.Table;
import holdfast.wire.log.GroupRecord;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.log.VolumeRecord;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.StatfsReply;
import holdfast.wire.proto.Time;
import holdfast.wire.proto.Vnode;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.proto.Xattr;
import holdfast.wire.proto.Xattrs;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Queries of the volumes of one replica group. Safe for many threads; each answer is of one moment,
 * except that a page of a large folder shows each vnode in it at a moment of its own.
 *
 * <p>No query sets promise flags. To promise: ask, note the promises on what the answer shows, then
 * compare {@link #changeNumber} with what it shows; where it differs, the promise is not given. An
 * answer rests on the vnode promises of its steps, an absence on the entries promise of the last
 * step, a page on the entries promise of its folder.
 *
 * <p>Failures: NOT_MINE (the volume is not here), STALE (the vnode or version is gone), DENIED,
 * INVALID, NOT_A_DIRECTORY, NAME_TOO_LONG, LIMIT.
 */
public final class VolumeReader {
    private static final Comparator<Xattr> BY_NAME =
            Comparator.comparing(Xattr::getName, ByteString.unsignedLexicographicalComparator());

    private final Table table;
    private final Records records;
    private final Moment moment;

    /**
     * A registered client.
     *
     * @param caller who registered it
     * @param since the server's time then
     */
    public record Client(long id, Caller caller, Time since) {}

    /**
     * A version that is not current any more and is still kept.
     *
     * @param index of the log entry that replaced it
     * @param ordinal among those replaced by that entry
     * @param chunks how many chunks it holds alone
     */
    public record ReplacedVersion(long index, int ordinal, long file, long version, int chunks) {
        /** Before all of them. */
        public static final ReplacedVersion START = new ReplacedVersion(0, 0, 0, 0, 0);
    }

    VolumeReader(Table table, Moment moment) {
        this.table = table;
        this.records = new Records(Rows.of(table));
        this.moment = moment;
    }

    /**
     * Walks; whatever ends it is in the answer. The contents, where asked for, are those of the
     * last step's data version. A start that was removed but is kept for its readers has links 0.
     */
    public WalkReply walk(Walk walk, Caller caller) {
        Permissions permissions = new Permissions(caller);
        return moment.see(() -> new Walker(records, permissions).walk(walk));
    }

    /**
     * One page of a folder, which the caller must be allowed to read. A caller who may not search
     * it sees of each entry only id and type, and change number 0.
     */
    public EntryList list(ListEntries list, Caller caller) {
        return answer(() -> new Listing(records, new Permissions(caller)).page(list));
    }

    /** The vnode's attributes, also when it has no name any more (links 0). */
    public Attributes attributes(long file) {
        return see(rows -> rows.known(file).getAttributes());
    }

    /** The vnode's change number; 0 when it has no name any more or its volume is not here. */
    public long changeNumber(long file) {
        return records.vnode(file)
                .map(VnodeRecord::getAttributes)
                .filter(attributes -> attributes.getLinks() > 0)
                .filter(attributes -> records.isHere(new FileId(file).volume()))
                .map(Attributes::getChangeNumber)
                .orElse(0L);
    }

    /** The vnode called {@code name} in the folder, whoever asks; for knowing what is touched. */
    public OptionalLong child(long folder, ByteString name) {
        return records.child(folder, name).map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    /** Whether the caller has {@code right} on the vnode. */
    public boolean allows(long file, Caller caller, Right right) {
        Attributes attributes = attributes(file);
        return new Permissions(caller).may(attributes, right);
    }

    /** Whether the caller may send a store to the file: who may write, and its owner. */
    public boolean allowsStore(long file, Caller caller) {
        Attributes attributes = attributes(file);
        return new Permissions(caller).mayStore(attributes);
    }

    /** The contents of one version, current or replaced; the caller must be allowed to read it. */
    public Contents contents(long file, long version, Caller caller) {
        Permissions permissions = new Permissions(caller);
        return see(rows -> {
            VnodeRecord record = rows.known(file);
            permissions.require(record.getAttributes(), Right.READ);
            return new Reading(rows).version(record, version);
        });
    }

    /** The contents of one version, whoever asks. */
    public Contents contents(long file, long version) {
        return see(rows -> new Reading(rows).version(rows.known(file), version));
    }

    /**
     * The extended attributes that the caller may see, access lists included, in the byte order of
     * their names; and the vnode.
     */
    public Xattrs xattrs(long file, Caller caller) {
        Permissions permissions = new Permissions(caller);
        return see(rows -> {
            Attributes vnode = rows.live(file).getAttributes();
            List<Xattr> seen = new ArrayList<>();
            AccessLists.each(vnode, seen::add);
            ByteString prefix = Keys.xattrs(file);
            rows.rows().scan(prefix, prefix, (key, value) -> {
                ByteString name = key.substring(prefix.size());
                if (XattrChange.visible(permissions, vnode, name)) {
                    seen.add(Xattr.newBuilder().setName(name).setValue(value).build());
                }
                return true;
            });
            seen.sort(BY_NAME);
            return Xattrs.newBuilder()
                    .addAllItems(seen)
                    .setVnode(Vnode.newBuilder().setAttributes(vnode))
                    .build();
        });
    }

    /** The file's fence (rule 4a). */
    public FencingToken fence(long file) {
        return see(rows -> {
            VnodeRecord record = rows.known(file);
            return new FencingToken(record.getFenceEpoch(), record.getFenceNumber());
        });
    }

    /** Used bytes, number of files and quota of a volume; capacity is the file service's to add. */
    public StatfsReply statfs(int volume) {
        return see(rows -> {
            VolumeRecord record = rows.volume(volume);
            return StatfsReply.newBuilder()
                    .setUsedBytes(record.getUsedBytes())
                    .setFiles(record.getFiles())
                    .setQuotaBytes(record.getQuotaBytes())
                    .build();
        });
    }

    /** The volume number of each volume here. */
    public List<Integer> volumes() {
        return volumes(record -> !record.getDropped());
    }

    /** Dropped volumes of which rows are left: drop them again, or collect, until it is empty. */
    public List<Integer> uncleared() {
        return volumes(record -> record.getDropped() && !record.getCleared());
    }

    private List<Integer> volumes(Predicate<VolumeRecord> wanted) {
        List<Integer> numbers = new ArrayList<>();
        records.volumes((number, record) -> {
            if (wanted.test(record)) {
                numbers.add(number);
            }
        });
        return numbers;
    }

    /** The upper end, not included, of the vnode numbers taken from the volume (ExtendIds). */
    public long idsEnd(int volume) {
        return see(rows -> rows.volume(volume).getNextVnode());
    }

    /** The group's epoch of the locking service. */
    public long epoch() {
        return group().getEpoch();
    }

    /** The number of the last collection, 1 before any; pushes are answered with it (rule 6a). */
    public long collection() {
        return records.collection();
    }

    /** How many clients are registered. */
    public long clientCount() {
        return group().getClients();
    }

    private GroupRecord group() {
        return records.group();
    }

    /** The registered client with this id. */
    public Optional<Client> client(long id) {
        return records.client(id)
                .map(record -> new Client(id, record.getCaller(), record.getSince()));
    }

    /** All registered clients. */
    public List<Client> clients() {
        return new Listing(records, new Permissions(Caller.getDefaultInstance())).clients();
    }

    /** Whether the answer to this request is kept, so that asking again changes nothing. */
    public boolean isAnswered(long client, long request) {
        return table.get(Keys.answer(client, request)).isPresent();
    }

    /** The numbers of the volumes that are mounted in this one. */
    public List<Integer> mountedIn(int volume) {
        List<Integer> mounted = new ArrayList<>();
        ByteString prefix = Keys.mounts(volume);
        table.scan(
                prefix,
                prefix,
                (key, value) -> mounted.add(
                        key.substring(prefix.size()).asReadOnlyByteBuffer().getInt()));
        return mounted;
    }

    /** Replaced versions, oldest first, after {@code after}; at most {@code limit}. */
    public List<ReplacedVersion> replacedVersions(ReplacedVersion after, int limit) {
        return see(rows -> new Queue(rows).after(after, limit));
    }

    /** Whether a version that is kept needs this chunk. */
    public boolean chunkNamed(ByteString hash) {
        return table.get(Keys.chunk(hash)).isPresent();
    }

    /** The hashes of needed chunks, in their order, after {@code after}; at most {@code limit}. */
    public List<ByteString> chunksNamed(ByteString after, int limit) {
        List<ByteString> hashes = new ArrayList<>();
        ByteString from = Keys.chunk(after);
        table.scan(Keys.CHUNKS, from, (key, value) -> {
            if (!key.equals(from) && hashes.size() < limit) {
                hashes.add(key.substring(Keys.CHUNKS.size()));
            }
            return hashes.size() < limit;
        });
        return hashes;
    }

    private <T> T see(Function<Records, T> query) {
        return answer(() -> moment.see(() -> query.apply(records)));
    }

    private static <T> T answer(Supplier<T> query) {
        try {
            return query.get();
        } catch (Refusal refusal) {
            throw refusal.exception();
        }
    }
}
