package holdfast.server.files;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.callback.CallbackSettings;
import holdfast.server.callback.Callbacks;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.files.Changes.Preparation;
import holdfast.server.files.Upkeep.Task;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.security.Administrators;
import holdfast.server.security.Callers;
import holdfast.server.volume.VolumeReader;
import holdfast.server.volume.VolumeState;
import holdfast.wire.files.FileMethods;
import holdfast.wire.log.DropVolume;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.GroupStatus;
import holdfast.wire.proto.GroupStatusReply;
import holdfast.wire.proto.Link;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RaiseFence;
import holdfast.wire.proto.Remove;
import holdfast.wire.proto.RemoveXattr;
import holdfast.wire.proto.Rename;
import holdfast.wire.proto.RetireVolume;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.SetAttributes;
import holdfast.wire.proto.SetXattr;
import holdfast.wire.proto.Statfs;
import holdfast.wire.proto.StatfsReply;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.Service.Call;
import holdfast.wire.transport.Service.Reply;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * A file server as its callers see it: one replica group's volumes behind the calls of
 * {@code files.proto}. Safe for many threads.
 */
public final class FileService implements AutoCloseable {
    private static final int PUSHED_CHUNKS_MAX = 262_144;
    private static final Duration OFTEN = Duration.ofSeconds(1);
    private static final Duration VERSIONS_EVERY_MAX = Duration.ofSeconds(10);
    private static final String COMPARE = "compare members";
    private static final long SCRUB_PART = 20;
    private static final long BRINGING_PART = 2;

    private final ReplicatedLog log;
    private final VolumeState state;
    private final VolumeReader reader;
    private final ChunkStore chunks;
    private final Names names;
    private final Supplier<Administrators> administrators;
    private final Callbacks callbacks;
    private final Registrations registrations;
    private final Changes changes;
    private final Assigned assigned;
    private final Reads reads;
    private final Fetches fetches;
    private final Tokens tokens;
    private final Stores stores;
    private final Pushes pushes;
    private final Ids ids;
    private final Collections collections;
    private final Scrubber scrubber;
    private final Bringing bringing;
    private final Verifications verifications;
    private final Upkeep upkeep;
    private final Map<String, LongAdder> answered = new ConcurrentHashMap<>();

    /**
     * What can be set.
     *
     * @param callbacks times and bounds of promises
     * @param hold for which a version is kept after each sign that somebody is fetching it
     * @param collectEvery how often chunks are collected; whoever sends chunks has this long at
     *     least, and twice this at most, until the store must be made
     * @param clientExpiry after which a silent client is forgotten; longer than it may repeat a
     *     request
     * @param dropUnassigned after which the contents of a volume go that the directory service does
     *     not assign any more
     * @param bringBytesASecond how much a member brings of what it lacks from the others
     */
    public record Settings(
            CallbackSettings callbacks,
            Duration hold,
            Duration collectEvery,
            Duration clientExpiry,
            Duration dropUnassigned,
            long bringBytesASecond) {
        /**
         * Ten minutes of hold and of expiry, a collection in 30 minutes, a day of grace, 64 MiB a
         * second.
         */
        public static final Settings STANDARD = new Settings(
                CallbackSettings.STANDARD,
                Duration.ofMinutes(10),
                Duration.ofMinutes(30),
                Duration.ofMinutes(10),
                Duration.ofDays(1),
                64L << 20);

        /** The same with another client lease. */
        public Settings withLease(Duration lease) {
            return new Settings(
                    callbacks.withLease(lease),
                    hold,
                    collectEvery,
                    clientExpiry,
                    dropUnassigned,
                    bringBytesASecond);
        }

        /** The same, bringing at most so many bytes a second from other members. */
        public Settings bringing(long bytesASecond) {
            return new Settings(
                    callbacks, hold, collectEvery, clientExpiry, dropUnassigned, bytesASecond);
        }
    }

    /** Which group and server this is, for people. */
    public record Names(String group, String server) {}

    /**
     * Serves the volumes of {@code state}. Until the cell's key is there, whatever needs a lock is
     * UNAVAILABLE.
     *
     * @param state that {@code log} applies its entries to
     * @param seal of the cell's key, once the directory service was reached
     * @param administrators of the cell, as the directory service tells
     */
    public FileService(
            ReplicatedLog log,
            VolumeState state,
            ChunkStore chunks,
            Supplier<Optional<TokenSeal>> seal,
            Supplier<Administrators> administrators,
            Ticker ticker,
            Clock clock,
            Names names,
            Settings settings) {
        this.log = log;
        this.state = state;
        this.reader = state.reader();
        this.chunks = chunks;
        this.names = names;
        this.administrators = administrators;
        this.callbacks = new Callbacks(settings.callbacks, ticker, new LedGroup());
        this.changes = new Changes(log, reader, callbacks, clock, ticker);
        this.registrations =
                new Registrations(reader, changes, callbacks, settings.clientExpiry, ticker);
        this.assigned = new Assigned(reader, changes, settings.dropUnassigned, ticker);
        Holds holds = new Holds(settings.hold, ticker);
        Pushed pushed = new Pushed(PUSHED_CHUNKS_MAX);
        Room room = new Room(chunks::freeBytes, ticker);
        this.reads = new Reads(reader, callbacks, holds);
        this.fetches = new Fetches(reader, chunks, holds);
        this.tokens = new Tokens(seal, reader);
        this.stores = new Stores(reader, chunks, tokens, pushed, room);
        this.pushes = new Pushes(reader, chunks, changes, tokens, pushed, room);
        this.ids = new Ids(reader, changes);
        this.collections =
                new Collections(reader, changes, chunks, holds, pushed, log::caughtUp, ticker);
        this.scrubber = new Scrubber(reader, chunks, ticker);
        this.bringing = new Bringing(
                reader,
                chunks,
                () -> state.applied().index(),
                log::caughtUp,
                ticker,
                settings.bringBytesASecond);
        this.verifications = new Verifications(state, chunks, changes, ticker);
        this.upkeep = new Upkeep(log, ticker, tasks(settings));
        log.onLeadership(new Led());
        upkeep.start();
    }

    private List<Task> tasks(Settings settings) {
        Duration versions = settings.collectEvery.compareTo(VERSIONS_EVERY_MAX) < 0
                ? settings.collectEvery
                : VERSIONS_EVERY_MAX;
        return List.of(
                new Task("assigned volumes", OFTEN, true, assigned::makeSo),
                new Task("leases", OFTEN, true, deadline -> callbacks.expire()),
                new Task("silent clients", OFTEN, true, registrations::endSilent),
                new Task("replaced versions", versions, true, collections::giveUpVersions),
                new Task("collection", settings.collectEvery, true, collections::collect),
                new Task("collecting chunks", OFTEN, false, deadline -> collections.remove()),
                new Task("comparisons", OFTEN, false, deadline -> verifications.expire()),
                new Task(
                        "bringing chunks",
                        OFTEN,
                        false,
                        deadline -> bringing.bring(OFTEN.toNanos() / BRINGING_PART)),
                new Task(
                        "scrubbing",
                        OFTEN,
                        false,
                        deadline -> scrubber.scrub(OFTEN.toNanos() / SCRUB_PART)));
    }

    /** What callbacks ask of the group. */
    private final class LedGroup implements Callbacks.Group {
        @Override
        public long confirmLeadership(Deadline deadline) {
            return log.confirmLeadership(deadline);
        }

        @Override
        public long mapVersion() {
            return assigned.mapVersion();
        }

        @Override
        public boolean knows(long client) {
            return reader.client(client).isPresent();
        }

        @Override
        public void heard(long client) {
            registrations.heard(client);
        }
    }

    /** Each term begins without promises, without knowledge of readers. */
    private final class Led implements ReplicatedLog.Leadership {
        @Override
        public void gained(long term) {
            List<Long> listed =
                    reader.clients().stream().map(VolumeReader.Client::id).toList();
            registrations.gained(listed);
            collections.gained();
            assigned.gained();
            callbacks.gained(term, listed);
        }

        @Override
        public void lost() {
            callbacks.lost();
        }
    }

    /**
     * The volumes that the directory service assigns to this group, with what is mounted in them.
     * Returns when they are served; what fails is tried again later all the same.
     */
    public void volumes(List<Volume> volumes, long mapVersion, Deadline deadline) {
        assigned.take(volumes, mapVersion);
        assigned.makeSo(deadline);
    }

    /** How many requests were answered, without a failure, by the names of their methods. */
    public Map<String, Long> answered() {
        Map<String, Long> counts = new TreeMap<>();
        answered.forEach((name, count) -> counts.put(name, count.sum()));
        return counts;
    }

    // ---- what is served ------------------------------------------------------------------------

    /** What to serve. */
    public Service service() {
        Service.Builder service = Service.of(Role.FILES, log::leadingTerm);
        reading(service);
        changing(service);
        changingNames(service);
        on(service, FileMethods.REGISTER_CLIENT, registrations::register);
        on(service, FileMethods.UNREGISTER_CLIENT, registrations::unregister);
        on(service, FileMethods.RAISE_FENCE, this::raiseFence);
        on(service, FileMethods.STATFS, this::statfs);
        on(service, FileMethods.RETIRE_VOLUME, this::retireVolume);
        service.on(FileMethods.GROUP_STATUS, this::status);
        on(service, FileMethods.SET_MILESTONE, asked -> {
            administrators.get().require(asked.call().header(), COMPARE);
            return verifications.milestone(asked);
        });
        service.on(
                FileMethods.VERIFY_VOLUME,
                Administrators.only(
                        administrators,
                        COMPARE,
                        call -> Reply.of(verifications.verify(call.request()))));
        service.onCallbacks(callbacks::serve);
        return service.build();
    }

    private void reading(Service.Builder service) {
        of(service, FileMethods.WALK, q -> q.getStart(), reads::walk);
        of(service, FileMethods.LIST_ENTRIES, q -> q.getFolder(), reads::list);
        on(service, FileMethods.VALIDATE, reads::validate);
        of(service, FileMethods.GET_MANIFEST, q -> q.getFile(), fetches::manifest);
        of(service, FileMethods.GET_XATTRS, q -> q.getFile(), reads::xattrs);
        answer(service, FileMethods.FETCH, asked -> {
            assigned.requireMine(asked.request().getFile());
            return fetches.fetch(asked);
        });
        of(service, FileMethods.PUSH_CHUNKS, q -> q.getFile(), pushes::push);
        on(service, FileMethods.ALLOCATE_IDS, asked -> {
            assigned.requireMine(asked.request().getVolume());
            return ids.allocate(asked);
        });
    }

    private void changing(Service.Builder service) {
        of(service, FileMethods.STORE, Store::getFile, asked -> {
            Preparation store = stores.store(asked.caller());
            return changes.byClient(asked, change().setStore(asked.request()), store);
        });
        change(
                service,
                FileMethods.SET_ATTRIBUTES,
                SetAttributes::getFile,
                VolumeCommand.Builder::setSetAttributes);
        of(
                service,
                FileMethods.SET_XATTR,
                SetXattr::getFile,
                asked -> changes.byClient(
                        asked, change().setSetXattr(asked.request()), stores.growing()));
        change(
                service,
                FileMethods.REMOVE_XATTR,
                RemoveXattr::getFile,
                VolumeCommand.Builder::setRemoveXattr);
    }

    private void changingNames(Service.Builder service) {
        of(service, FileMethods.CREATE, Create::getParent, asked -> {
            Preparation create = stores.create(asked.caller());
            return changes.byClient(asked, change().setCreate(asked.request()), create);
        });
        change(service, FileMethods.REMOVE, Remove::getParent, VolumeCommand.Builder::setRemove);
        change(service, FileMethods.RENAME, Rename::getFrom, VolumeCommand.Builder::setRename);
        of(
                service,
                FileMethods.LINK,
                Link::getParent,
                asked -> changes.byClient(
                        asked, change().setLink(asked.request()), stores.growing()));
    }

    private static VolumeCommand.Builder change() {
        return VolumeCommand.newBuilder();
    }

    private <Q extends Message> void change(
            Service.Builder service,
            Method<Q, Changed> method,
            ToLongFunction<Q> file,
            BiFunction<VolumeCommand.Builder, Q, VolumeCommand.Builder> put) {
        of(
                service,
                method,
                file,
                asked -> changes.byClient(
                        asked, put.apply(change(), asked.request()), Preparation.NONE));
    }

    /** A method that concerns a vnode, which must be of a volume of this group. */
    private <Q extends Message, A extends Message> void of(
            Service.Builder service,
            Method<Q, A> method,
            ToLongFunction<Q> file,
            Function<Asked<Q>, A> handler) {
        on(service, method, asked -> {
            assigned.requireMine(file.applyAsLong(asked.request()));
            return handler.apply(asked);
        });
    }

    private <Q extends Message, A extends Message> void on(
            Service.Builder service, Method<Q, A> method, Function<Asked<Q>, A> handler) {
        answer(service, method, asked -> Reply.of(handler.apply(asked)));
    }

    /** What it answers rests on the term in which it was let in, whatever comes meanwhile. */
    private <Q extends Message, A extends Message> void answer(
            Service.Builder service, Method<Q, A> method, Function<Asked<Q>, Reply<A>> handler) {
        LongAdder count = answered.computeIfAbsent(method.name(), name -> new LongAdder());
        service.on(method, call -> {
            Asked<Q> asked = letIn(call);
            Reply<A> reply = handler.apply(asked).in(asked.term());
            count.increment();
            return reply;
        });
    }

    /** Who calls is known, and this member leads now, before anything is looked at (rule 2). */
    private <Q> Asked<Q> letIn(Call<Q> call) {
        var caller = Callers.of(call.header());
        registrations.heard(call.header().getClient());
        return new Asked<>(call, caller, log.confirmLeadership(call.deadline()));
    }

    // ---- small ones ----------------------------------------------------------------------------

    private Nothing raiseFence(Asked<RaiseFence> asked) {
        RaiseFence raise = asked.request();
        assigned.requireMine(raise.getFile());
        tokens.requireGranted(raise.getToken(), raise.getFile());
        changes.quietlyByClient(asked, change().setRaiseFence(raise));
        return Nothing.getDefaultInstance();
    }

    /** Nothing can come into it any more when this returns; or NOT_EMPTY. */
    private Nothing retireVolume(Asked<RetireVolume> asked) {
        administrators.get().require(asked.call().header(), "remove volumes");
        int volume = ofThisGroup(asked.request().getVolume());
        assigned.makeSo(asked.deadline());
        DropVolume.Builder drop = DropVolume.newBuilder().setNumber(volume);
        var unused = changes.byClient(asked, change().setDropVolume(drop), Preparation.NONE);
        return Nothing.getDefaultInstance();
    }

    private int ofThisGroup(int volume) {
        if (volume < 1 || volume > FileId.VOLUME_MAX) {
            throw FailureException.of(
                    FailureCode.INVALID, "no volume " + Integer.toUnsignedString(volume));
        }
        assigned.requireMine(volume);
        return volume;
    }

    private StatfsReply statfs(Asked<Statfs> asked) {
        int volume = ofThisGroup(asked.request().getVolume());
        return reader.statfs(volume).toBuilder()
                .setCapacityBytes(chunks.capacityBytes())
                .setFreeBytes(Math.max(0, chunks.freeBytes()))
                .build();
    }

    /** Also of a member that does not lead. */
    private Reply<GroupStatusReply> status(Call<GroupStatus> call) {
        var unused = Callers.of(call.header());
        return Reply.of(GroupStatusReply.newBuilder()
                .setGroup(names.group)
                .setServer(names.server)
                .setTerm(log.leadingTerm())
                .setLeader(log.leadingTerm() != 0)
                .setApplied(Math.max(0, state.applied().index()))
                .setClients(reader.clientCount())
                .setPromises(callbacks.promises())
                .setChunks(chunks.chunks())
                .setChunkBytes(chunks.bytes())
                .setCollection(reader.collection())
                .setCapacityBytes(chunks.capacityBytes())
                .setFreeBytes(Math.max(0, chunks.freeBytes()))
                .setCommits(log.proposals())
                .setLacking(bringing.lacking())
                .setCompleteAt(bringing.completeAt())
                .setRequests(answered().values().stream().mapToLong(n -> n).sum())
                .build());
    }

    @Override
    public void close() {
        upkeep.close();
        verifications.close();
        callbacks.lost();
    }
}
