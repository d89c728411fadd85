package holdfast.server.files;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.callback.Callbacks;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.volume.VolumeReader;
import holdfast.server.volume.VolumeState;
import holdfast.wire.files.FileMethods;
import holdfast.wire.log.AddClient;
import holdfast.wire.log.EndClient;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.GroupStatusReply;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RegisterClientReply;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.StatfsReply;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.Service.Call;
import holdfast.wire.transport.Service.Reply;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** A file server, as its callers see it. Safe for many threads. */
public final class FileService implements AutoCloseable {
    private static final int USER_BYTES_MAX = 255;
    private static final int GROUPS_MAX = 1024;

    private final ReplicatedLog log;
    private final VolumeState state;
    private final VolumeReader reader;
    private final ChunkStore chunks;
    private final Callbacks callbacks;
    private final Changes changes;
    private final Reads reads;
    private final Stores stores;
    private final Ids ids;
    private final Pushed pushed = new Pushed();
    private final Assigned assigned;
    private final Upkeep upkeep;
    private final Names names;
    private final AtomicLong requests = new AtomicLong();

    /**
     * What can be set.
     *
     * @param lease for which a client's promises hold without contact
     * @param hold for which a version being fetched is kept
     * @param collectEvery how often unneeded chunks are looked for
     * @param clientExpiry after which a silent client is forgotten
     */
    public record Settings(
            Duration lease, Duration hold, Duration collectEvery, Duration clientExpiry) {
        /** Ten seconds, ten minutes, five minutes, ten minutes. */
        public static final Settings STANDARD = new Settings(
                Duration.ofSeconds(10),
                Duration.ofMinutes(10),
                Duration.ofMinutes(5),
                Duration.ofMinutes(10));
    }

    /** Which group and server this is, for people. */
    public record Names(String group, String server) {}

    /**
     * Serves the volumes of {@code state}; {@code seal} comes once the directory server was
     * reached.
     */
    public FileService(
            ReplicatedLog log,
            VolumeState state,
            ChunkStore chunks,
            Supplier<Optional<TokenSeal>> seal,
            Ticker ticker,
            Clock clock,
            Names names,
            Settings settings) {
        this.log = log;
        this.state = state;
        this.reader = state.reader();
        this.chunks = chunks;
        this.names = names;
        this.callbacks = new Callbacks(settings.lease, ticker, new LedGroup());
        this.changes = new Changes(log, reader, callbacks, clock);
        Holds holds = new Holds(settings.hold, ticker);
        this.reads = new Reads(reader, callbacks, chunks, holds);
        this.stores = new Stores(reader, chunks, seal, pushed);
        this.ids = new Ids(changes);
        this.assigned = new Assigned(reader, changes);
        this.upkeep =
                new Upkeep(log, reader, changes, chunks, holds, this::forget, ticker, settings);
        log.onLeadership(new Led());
        upkeep.start();
    }

    /** What callbacks ask of the group. */
    private final class LedGroup implements Callbacks.Group {
        @Override
        public long confirmLeadership(Deadline deadline) {
            return log.confirmLeadership(deadline);
        }

        @Override
        public long index() {
            return state.applied().index();
        }

        @Override
        public long mapVersion() {
            return assigned.mapVersion();
        }

        @Override
        public boolean knows(long client) {
            return reader.client(client).isPresent();
        }
    }

    /** Each term begins without promises and without ids. */
    private final class Led implements ReplicatedLog.Leadership {
        @Override
        public void gained(long term) {
            ids.clear();
            callbacks.gained(
                    term, reader.clients().stream().map(VolumeReader.Client::id).toList());
            upkeep.gained();
        }

        @Override
        public void lost() {
            callbacks.lost();
        }
    }

    /**
     * The volumes that the directory server assigns to this group, with what is mounted in them.
     */
    public void volumes(List<Volume> volumes, long mapVersion, Deadline deadline) {
        assigned.take(volumes, mapVersion, deadline);
    }

    /** What to serve. */
    public Service service() {
        Service.Builder service = Service.of(Role.FILES, log::leadingTerm);
        reading(service);
        changing(service);
        on(service, FileMethods.REGISTER_CLIENT, this::register);
        on(service, FileMethods.UNREGISTER_CLIENT, this::unregister);
        on(
                service,
                FileMethods.ALLOCATE_IDS,
                call -> ids.allocate(
                        call.request().getVolume(), call.request().getCount(), call.deadline()));
        on(service, FileMethods.PUSH_CHUNKS, stores::push);
        on(service, FileMethods.STATFS, this::statfs);
        on(service, FileMethods.GROUP_STATUS, call -> status());
        service.onCallbacks(callbacks::serve);
        return service.build();
    }

    private void reading(Service.Builder service) {
        on(
                service,
                FileMethods.WALK,
                call -> reads.walk(call.header().getClient(), call.request(), caller(call)));
        on(
                service,
                FileMethods.LIST_ENTRIES,
                call -> reads.list(call.header().getClient(), call.request(), caller(call)));
        on(
                service,
                FileMethods.VALIDATE,
                call -> reads.validate(call.header().getClient(), call.request()));
        on(service, FileMethods.GET_MANIFEST, call -> reads.manifest(call.request(), caller(call)));
        on(
                service,
                FileMethods.GET_XATTRS,
                call -> reader.xattrs(call.request().getFile(), caller(call)));
        service.on(FileMethods.FETCH, call -> {
            admit(call);
            return reads.fetch(call.request(), caller(call));
        });
    }

    private void changing(Service.Builder service) {
        change(
                service,
                FileMethods.STORE,
                VolumeCommand.Builder::setStore,
                q -> List.of(q.getFile()));
        change(
                service,
                FileMethods.CREATE,
                VolumeCommand.Builder::setCreate,
                q -> List.of(q.getParent(), q.getFile()));
        change(
                service,
                FileMethods.REMOVE,
                VolumeCommand.Builder::setRemove,
                q -> List.of(q.getParent()));
        change(
                service,
                FileMethods.RENAME,
                VolumeCommand.Builder::setRename,
                q -> List.of(q.getFrom(), q.getTo()));
        change(
                service,
                FileMethods.LINK,
                VolumeCommand.Builder::setLink,
                q -> List.of(q.getFile(), q.getParent()));
        change(
                service,
                FileMethods.SET_ATTRIBUTES,
                VolumeCommand.Builder::setSetAttributes,
                q -> List.of(q.getFile()));
        change(
                service,
                FileMethods.SET_XATTR,
                VolumeCommand.Builder::setSetXattr,
                q -> List.of(q.getFile()));
        change(
                service,
                FileMethods.REMOVE_XATTR,
                VolumeCommand.Builder::setRemoveXattr,
                q -> List.of(q.getFile()));
        on(service, FileMethods.RAISE_FENCE, call -> {
            stores.requireSealed(call.request().getToken(), call.request().getFile());
            changes.byClient(
                    call.header(),
                    VolumeCommand.newBuilder().setRaiseFence(call.request()),
                    List.of(),
                    call.deadline());
            return Nothing.getDefaultInstance();
        });
    }

    private <Q extends Message> void change(
            Service.Builder service,
            Method<Q, Changed> method,
            BiConsumer<VolumeCommand.Builder, Q> put,
            Function<Q, List<Long>> concerned) {
        on(service, method, call -> {
            prepare(call);
            VolumeCommand.Builder command = VolumeCommand.newBuilder();
            put.accept(command, call.request());
            return changes.byClient(
                    call.header(), command, concerned.apply(call.request()), call.deadline());
        });
    }

    private void prepare(Call<? extends Message> call) {
        long client = call.header().getClient();
        switch (call.request()) {
            case holdfast.wire.proto.Store store -> stores.prepare(store, client, caller(call));
            case holdfast.wire.proto.Create create ->
                stores.prepare(
                        create.getContents(),
                        client,
                        caller(call),
                        Optional.empty(),
                        create.getSourcesList());
            default -> {}
        }
    }

    private <Q extends Message, A extends Message> void on(
            Service.Builder service, Method<Q, A> method, Function<Call<Q>, A> handler) {
        service.on(method, call -> {
            admit(call);
            return Reply.of(handler.apply(call));
        });
    }

    /** Who calls is known, and this member leads (rule 2), before anything is looked at. */
    private void admit(Call<?> call) {
        Caller caller = call.header().getCaller();
        if (caller.getUser().isEmpty()
                || caller.getUserBytes().size() > USER_BYTES_MAX
                || caller.getGroupsCount() > GROUPS_MAX) {
            throw FailureException.of(
                    FailureCode.INVALID, "a call must name its user, and at most 1,024 groups");
        }
        requests.incrementAndGet();
        upkeep.heardFrom(call.header().getClient());
        log.confirmLeadership(call.deadline());
    }

    private static Caller caller(Call<?> call) {
        return call.header().getCaller();
    }

    private RegisterClientReply register(Call<? extends Message> call) {
        VolumeCommand.Builder command = VolumeCommand.newBuilder()
                .setCaller(caller(call))
                .setAddClient(AddClient.getDefaultInstance());
        RegisterClientReply reply = changes.own(command, call.deadline()).getClient();
        upkeep.heardFrom(reply.getClient());
        return reply.toBuilder()
                .setLeaseMillis((int) callbacks.lease().toMillis())
                .build();
    }

    private Nothing unregister(Call<? extends Message> call) {
        long client = call.header().getClient();
        forget(client);
        changes.own(
                VolumeCommand.newBuilder().setEndClient(EndClient.newBuilder().addClients(client)),
                call.deadline());
        return Nothing.getDefaultInstance();
    }

    private void forget(long client) {
        callbacks.forget(client);
        pushed.forget(client);
    }

    private StatfsReply statfs(Call<holdfast.wire.proto.Statfs> call) {
        int volume = call.request().getVolume();
        if (volume < 1 || volume > FileId.VOLUME_MAX) {
            throw FailureException.of(FailureCode.INVALID, "no volume " + volume);
        }
        return reader.statfs(volume).toBuilder()
                .setCapacityBytes(chunks.capacityBytes())
                .setFreeBytes(Math.max(0, chunks.freeBytes()))
                .build();
    }

    private GroupStatusReply status() {
        return GroupStatusReply.newBuilder()
                .setGroup(names.group)
                .setServer(names.server)
                .setTerm(log.leadingTerm())
                .setLeader(log.leadingTerm() != 0)
                .setApplied(state.applied().index())
                .setClients(reader.clientCount())
                .setPromises(callbacks.promises())
                .setChunks(chunks.chunks())
                .setChunkBytes(chunks.bytes())
                .setCollection(reader.collection())
                .setCapacityBytes(chunks.capacityBytes())
                .setFreeBytes(Math.max(0, chunks.freeBytes()))
                .setCommits(log.proposals())
                .setRequests(requests.get())
                .build();
    }

    @Override
    public void close() {
        upkeep.close();
    }
}
