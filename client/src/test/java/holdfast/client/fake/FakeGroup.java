package holdfast.client.fake;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.server.volume.VolumeReader;
import holdfast.server.volume.VolumeState;
import holdfast.wire.log.AddClient;
import holdfast.wire.log.AddVolume;
import holdfast.wire.log.ExtendIds;
import holdfast.wire.log.RaiseEpoch;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.AllocateIds;
import holdfast.wire.proto.AllocateIdsReply;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.Fetch;
import holdfast.wire.proto.FetchReply;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.GetXattrs;
import holdfast.wire.proto.Known;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Manifest;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.PushChunks;
import holdfast.wire.proto.PushChunksReply;
import holdfast.wire.proto.RegisterClientReply;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Time;
import holdfast.wire.proto.Validate;
import holdfast.wire.proto.ValidateReply;
import holdfast.wire.proto.Validity;
import holdfast.wire.proto.Vnode;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.proto.Xattrs;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.FailureCodec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** A replica group: the volumes' state machine, promises, and chunks in memory. */
public final class FakeGroup {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition acknowledged = lock.newCondition();
    private final VolumeState state = new VolumeState(new MemoryTable());
    private final VolumeReader reader = state.reader();
    private final Map<ByteString, ByteString> chunks = new ConcurrentHashMap<>();
    private final Map<Long, FakeCallbacks> channels = new HashMap<>();
    private final Map<Long, Promises> promises = new HashMap<>();
    private boolean nextBreakIsLate;
    private final Map<Long, Integer> changing = new HashMap<>();
    private final Set<Long> notBack = new HashSet<>();
    private final AtomicLong commits = new AtomicLong();
    private long term = 1;
    private long index;

    /** What one client was promised. */
    private static final class Promises {
        private final Set<Long> vnodes = new HashSet<>();
        private final Set<Long> entries = new HashSet<>();
    }

    FakeGroup(int volume) {
        VolumeCommand.Builder add = VolumeCommand.newBuilder().setTime(Time.newBuilder());
        add.setAddVolume(AddVolume.newBuilder()
                .setNumber(volume)
                .setOwner("root")
                .setGroup("root")
                .setMode(01777));
        apply(add.build());
    }

    public long term() {
        lock.lock();
        try {
            return term;
        } finally {
            lock.unlock();
        }
    }

    /** Entries committed so far. */
    public long commits() {
        return commits.get();
    }

    /**
     * Another leader: knows no promises and has no channels, and makes no change before all clients
     * have come back (rule 3).
     */
    public void newTerm() {
        List<FakeCallbacks> old;
        lock.lock();
        try {
            term++;
            promises.clear();
            notBack.addAll(channels.keySet());
            old = new ArrayList<>(channels.values());
            channels.clear();
        } finally {
            lock.unlock();
        }
        old.forEach(FakeCallbacks::close);
    }

    /** Refuses tokens of older epochs from now on. */
    public void raiseEpoch(long epoch) {
        lock.lock();
        try {
            VolumeCommand.Builder raise = VolumeCommand.newBuilder().setTime(Time.newBuilder());
            apply(raise.setRaiseEpoch(RaiseEpoch.newBuilder().setEpoch(epoch)).build());
        } finally {
            lock.unlock();
        }
    }

    private VolumeOutcome apply(VolumeCommand command) {
        try {
            commits.incrementAndGet();
            ByteString outcome =
                    state.apply(term, ++index, List.of(command.toByteString())).getFirst();
            VolumeOutcome parsed = VolumeOutcome.parseFrom(outcome);
            if (parsed.hasFailure()) {
                throw FailureCodec.decode(parsed.getFailure()).exception();
            }
            return parsed;
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static VolumeCommand.Builder command(RequestHeader header) {
        java.time.Instant now = java.time.Instant.now();
        return VolumeCommand.newBuilder()
                .setClient(header.getClient())
                .setRequest(header.getRequest())
                .setLowestOpen(header.getLowestOpen())
                .setTime(Time.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()))
                .setCaller(header.getCaller());
    }

    RegisterClientReply register(RequestHeader header) {
        lock.lock();
        try {
            VolumeCommand.Builder command =
                    command(header).setRequest(0).setAddClient(AddClient.getDefaultInstance());
            return apply(command.build()).getClient().toBuilder()
                    .setLeaseMillis(10_000)
                    .build();
        } finally {
            lock.unlock();
        }
    }

    AllocateIdsReply allocate(RequestHeader header, AllocateIds request) {
        lock.lock();
        try {
            VolumeCommand.Builder command = command(header)
                    .setRequest(0)
                    .setExtendIds(ExtendIds.newBuilder()
                            .setVolume(request.getVolume())
                            .setCount(request.getCount()));
            return apply(command.build()).getIds();
        } finally {
            lock.unlock();
        }
    }

    // ---- changes -------------------------------------------------------------------------------

    /** Puts the change into a command. */
    @FunctionalInterface
    interface Fill {
        void into(VolumeCommand.Builder command);
    }

    Changed change(RequestHeader header, Fill fill) {
        lock.lock();
        try {
            awaitUntil(notBack::isEmpty);
            VolumeCommand.Builder command = command(header);
            fill.into(command);
            VolumeOutcome outcome = apply(command.build());
            List<Broken> items = outcome.getBrokenList();
            items.forEach(item -> changing.merge(item.getFile(), 1, Integer::sum));
            try {
                breakPromises(header.getClient(), items);
            } finally {
                items.forEach(item -> changing.compute(
                        item.getFile(), (f, n) -> n == null || n == 1 ? null : n - 1));
            }
            return answered(header.getClient(), outcome.getChanged());
        } finally {
            lock.unlock();
        }
    }

    private void breakPromises(long changer, List<Broken> items) {
        Map<FakeCallbacks, Long> awaited = new HashMap<>();
        for (Map.Entry<Long, Promises> each : promises.entrySet()) {
            if (each.getKey() != changer) {
                List<Broken> its = taken(each.getValue(), items);
                FakeCallbacks channel = channels.get(each.getKey());
                if (!its.isEmpty() && channel != null) {
                    awaited.put(channel, channel.sendBreak(term, its));
                }
            }
        }
        if (!nextBreakIsLate) {
            awaited.keySet().forEach(FakeCallbacks::arrive);
        } else if (!awaited.isEmpty()) {
            nextBreakIsLate = false;
            acknowledged.signalAll();
        }
        awaitUntil(() -> awaited.entrySet().stream()
                .allMatch(each -> each.getKey().handled(each.getValue())));
    }

    /** The breaks of the next change take their time, until {@link #lateBreaksArrive}. */
    public void nextBreakIsLate() {
        lock.lock();
        try {
            nextBreakIsLate = true;
        } finally {
            lock.unlock();
        }
    }

    /** What is still on its way arrives. */
    public void lateBreaksArrive() {
        lock.lock();
        try {
            channels.values().forEach(FakeCallbacks::arrive);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a break is on its way. */
    public void awaitLateBreak() {
        lock.lock();
        try {
            awaitUntil(() -> channels.values().stream().anyMatch(FakeCallbacks::hasLateBreaks));
        } finally {
            lock.unlock();
        }
    }

    private void awaitUntil(BooleanSupplier done) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!done.getAsBoolean()) {
            try {
                if (acknowledged.awaitNanos(deadline - System.nanoTime()) <= 0) {
                    throw new AssertionError("a client does not answer");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FailureException.of(FailureCode.CANCELLED, "stopped");
            }
        }
    }

    private static List<Broken> taken(Promises of, List<Broken> items) {
        List<Broken> taken = new ArrayList<>();
        for (Broken item : items) {
            boolean vnode = item.getVnode() && of.vnodes.remove(item.getFile());
            boolean entries = item.getEntries() && of.entries.remove(item.getFile());
            if (vnode || entries) {
                taken.add(item);
            }
        }
        return taken;
    }

    private Changed answered(long client, Changed changed) {
        Promises mine = promises.computeIfAbsent(client, c -> new Promises());
        Changed.Builder answer = changed.toBuilder();
        boolean whole = channels.containsKey(client);
        if (changed.hasFile()
                && whole
                && !changing.containsKey(changed.getFile().getFile())) {
            mine.vnodes.add(changed.getFile().getFile());
            answer.setPromised(changed.getFile().getLinks() > 0);
        }
        long parent = changed.getParent().getFile();
        long toParent = changed.getToParent().getFile();
        return answer.setParentPromised(mine.vnodes.contains(parent))
                .setParentEntriesPromised(mine.entries.contains(parent))
                .setToParentPromised(mine.vnodes.contains(toParent))
                .setToParentEntriesPromised(mine.entries.contains(toParent))
                .build();
    }

    // ---- reads ---------------------------------------------------------------------------------

    WalkReply walk(RequestHeader header, Walk request) {
        lock.lock();
        try {
            WalkReply reply = reader.walk(request, header.getCaller());
            if (!request.getPromises()) {
                return reply;
            }
            return promised(header.getClient(), reply);
        } finally {
            lock.unlock();
        }
    }

    private WalkReply promised(long client, WalkReply reply) {
        WalkReply.Builder promised = reply.toBuilder().clearSteps();
        boolean absent = reply.getEnded().getCode() == FailureCode.NOT_FOUND.wire();
        int last = reply.getStepsCount() - 1;
        for (int i = 0; i <= last; i++) {
            boolean arrived = i == last && !reply.hasEnded();
            promised.addSteps(promised(client, reply.getSteps(i), arrived));
        }
        if (absent && last >= 0) {
            Vnode folder = promised(client, reply.getSteps(last), true);
            promised.setAbsencePromised(folder.getEntriesPromised());
        }
        return promised.build();
    }

    private Vnode promised(long client, Vnode vnode, boolean list) {
        long file = vnode.getAttributes().getFile();
        if (changing.containsKey(file) || !channels.containsKey(client)) {
            return vnode;
        }
        Promises mine = promises.computeIfAbsent(client, c -> new Promises());
        mine.vnodes.add(file);
        boolean entries = list && vnode.getAttributes().getType() == FileType.FOLDER;
        if (entries) {
            mine.entries.add(file);
        }
        return vnode.toBuilder().setPromised(true).setEntriesPromised(entries).build();
    }

    EntryList list(RequestHeader header, ListEntries request) {
        lock.lock();
        try {
            EntryList page = reader.list(request, header.getCaller());
            if (!request.getPromises()) {
                return page;
            }
            EntryList.Builder promised = page.toBuilder();
            promised.setFolder(promised(header.getClient(), page.getFolder(), true));
            for (int i = 0; i < page.getEntriesCount(); i++) {
                Vnode vnode = page.getEntries(i).getVnode();
                promised.getEntriesBuilder(i).setVnode(promised(header.getClient(), vnode, true));
            }
            return promised.build();
        } finally {
            lock.unlock();
        }
    }

    ValidateReply validate(RequestHeader header, Validate request) {
        lock.lock();
        try {
            ValidateReply.Builder reply = ValidateReply.newBuilder();
            for (Known known : request.getKnownList()) {
                boolean current = reader.changeNumber(known.getFile()) == known.getChangeNumber();
                Validity.Builder item = Validity.newBuilder().setCurrent(current);
                if (current) {
                    Attributes attributes = reader.attributes(known.getFile());
                    Vnode vnode = promised(
                            header.getClient(),
                            Vnode.newBuilder().setAttributes(attributes).build(),
                            true);
                    item.setPromised(vnode.getPromised())
                            .setEntriesPromised(vnode.getEntriesPromised() && known.getEntries());
                }
                reply.addItems(item);
            }
            return reply.build();
        } finally {
            lock.unlock();
        }
    }

    Xattrs xattrs(RequestHeader header, GetXattrs request) {
        lock.lock();
        try {
            Xattrs all = reader.xattrs(request.getFile(), header.getCaller());
            return request.getPromises()
                    ? all.toBuilder()
                            .setVnode(promised(header.getClient(), all.getVnode(), false))
                            .build()
                    : all;
        } finally {
            lock.unlock();
        }
    }

    VolumeReader reader() {
        return reader;
    }

    // ---- contents ------------------------------------------------------------------------------

    FetchReply fetch(Caller caller, Fetch request, Bulk.Sink in) {
        Manifest manifest = reader.contents(request.getFile(), request.getDataVersion(), caller)
                .getManifest();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int end = request.getFirst() + request.getCount();
        for (Piece piece : manifest.getPiecesList().subList(request.getFirst(), end)) {
            if (!piece.getHash().isEmpty()) {
                bytes.writeBytes(chunk(piece.getHash()).toByteArray());
            }
        }
        try {
            if (bytes.size() > 0) {
                in.readFrom(
                        Channels.newChannel(new ByteArrayInputStream(bytes.toByteArray())),
                        bytes.size());
            }
        } catch (IOException e) {
            throw FailureException.of(FailureCode.LOCAL_IO, String.valueOf(e.getMessage()));
        }
        return FetchReply.newBuilder().setBytes(bytes.size()).build();
    }

    private ByteString chunk(ByteString hash) {
        return Optional.ofNullable(chunks.get(hash)).orElseThrow();
    }

    PushChunksReply push(PushChunks request, Bulk.Source out) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            out.writeTo(Channels.newChannel(bytes));
        } catch (IOException e) {
            throw FailureException.of(FailureCode.LOCAL_IO, String.valueOf(e.getMessage()));
        }
        ByteString all = ByteString.copyFrom(bytes.toByteArray());
        int at = 0;
        for (Piece piece : request.getChunksList()) {
            int end = at + (int) piece.getLength();
            ByteString chunk = all.substring(at, end);
            ChunkHash hash = ChunkHash.ofContents(chunk.toByteArray());
            if (!ByteString.copyFrom(hash.bytes()).equals(piece.getHash())) {
                throw FailureException.of(FailureCode.DAMAGED, "not what its hash says");
            }
            chunks.put(piece.getHash(), chunk);
            at = end;
        }
        return PushChunksReply.newBuilder().setCollection(1).build();
    }

    // ---- callbacks -----------------------------------------------------------------------------

    FakeCallbacks openCallbacks(long client) {
        FakeCallbacks channel = new FakeCallbacks(this, client);
        lock.lock();
        try {
            channels.put(client, channel);
            promises.remove(client);
        } finally {
            lock.unlock();
        }
        return channel;
    }

    /** A client said that it has handled something of {@code in}. */
    void heard(long client, long in) {
        lock.lock();
        try {
            if (in == term) {
                notBack.remove(client);
            }
            acknowledged.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void left(long client, FakeCallbacks channel) {
        lock.lock();
        try {
            if (channels.remove(client, channel)) {
                promises.remove(client);
                acknowledged.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    static FileId root(int volume) {
        return FileId.rootOf(volume);
    }
}
