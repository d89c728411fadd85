package holdfast.server.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.AllocateIds;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Manifest;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.PushChunks;
import holdfast.wire.proto.PushChunksReply;
import holdfast.wire.proto.RegisterClient;
import holdfast.wire.proto.Remove;
import holdfast.wire.proto.Rename;
import holdfast.wire.proto.Renewal;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.Transport.Channel;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * A client that does exactly what a test says: nothing is retried, nothing acknowledged unasked.
 */
final class TestingClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long QUIET_MILLIS = 150;

    final TestingServer server;
    final Caller caller;
    private final TcpTransport transport = new TcpTransport();
    private final AtomicLong requests = new AtomicLong();
    private final BlockingQueue<Break> breaks = new LinkedBlockingQueue<>();
    private final BlockingQueue<Renewal> renewals = new LinkedBlockingQueue<>();
    private Channel<FromClient, FromServer> channel;
    private long renewal;
    private long ids;
    long client;
    volatile long term;
    volatile boolean acknowledging;
    Duration patience = PATIENCE;

    TestingClient(TestingServer server, String user) {
        this.server = server;
        this.caller = Caller.newBuilder()
                .setUser(user)
                .addGroups(user)
                .setHost("host")
                .setProcess(1)
                .build();
        this.channel = closedChannel();
    }

    private static Channel<FromClient, FromServer> closedChannel() {
        return new Channel<>() {
            @Override
            public void send(FromClient message, Deadline deadline) {
                throw FailureException.of(FailureCode.UNAVAILABLE, "no channel");
            }

            @Override
            public FromServer receive(Deadline deadline) {
                throw FailureException.of(FailureCode.UNAVAILABLE, "no channel");
            }

            @Override
            public void close() {}
        };
    }

    Deadline deadline() {
        return Deadline.in(patience, System::nanoTime);
    }

    RequestHeader.Builder header() {
        return RequestHeader.newBuilder().setClient(client).setCaller(caller);
    }

    /** A header for the next change. */
    RequestHeader next() {
        long request = requests.incrementAndGet();
        return header().setRequest(request)
                .setLowestOpen(Math.max(1, request - 8))
                .build();
    }

    <Q extends Message, A extends Message> A call(
            Method<Q, A> method, RequestHeader header, Q request) {
        return transport
                .call(server.address(), method, header, request, deadline())
                .message();
    }

    <Q extends Message, A extends Message> A ask(Method<Q, A> method, Q request) {
        return call(method, header().build(), request);
    }

    <Q extends Message, A extends Message> A change(Method<Q, A> method, Q request) {
        return call(method, next(), request);
    }

    /** Does it on another thread. */
    static <T> CompletableFuture<T> meanwhile(Supplier<T> what) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                done.complete(what.get());
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    static FailureException failure(Supplier<?> what) {
        FailureException failed = catchThrowableOfType(FailureException.class, what::get);
        assertThat(failed).as("a failure").isNotNull();
        return failed;
    }

    // ---- the channel ---------------------------------------------------------------------------

    void register() {
        client = ask(FileMethods.REGISTER_CLIENT, RegisterClient.getDefaultInstance())
                .getClient();
    }

    /** Opens the callback channel, and has a lease when it returns. */
    Renewal openChannel() {
        reopenChannel();
        return renew();
    }

    void reopenChannel() {
        channel.close();
        channel = transport.openCallbacks(server.address(), header().build(), deadline());
        Channel<FromClient, FromServer> mine = channel;
        Thread.ofVirtual().start(() -> receiveAll(mine));
    }

    private void receiveAll(Channel<FromClient, FromServer> mine) {
        try {
            while (true) {
                FromServer message = mine.receive(Deadline.in(PATIENCE, System::nanoTime));
                if (message.hasRenewal()) {
                    renewals.add(message.getRenewal());
                } else {
                    breaks.add(message.getBreak());
                    if (acknowledging) {
                        acknowledge(message.getBreak().getNumber());
                    }
                }
            }
        } catch (FailureException e) {
            // The channel has ended.
        }
    }

    void closeChannel() {
        channel.close();
    }

    private long handled;

    void acknowledge(long number) {
        handled = number;
        send(FromClient.newBuilder());
    }

    void send(FromClient.Builder message) {
        channel.send(message.setHandled(handled).setTerm(term).build(), deadline());
    }

    /** Asks for a renewal, waits for it, and says that it knows the term. */
    Renewal renew() {
        Renewal answer = renewWithoutAnswer();
        if (answer.getTerm() != term) {
            term = answer.getTerm();
            handled = 0;
            send(FromClient.newBuilder());
        }
        return answer;
    }

    Renewal renewWithoutAnswer() {
        send(FromClient.newBuilder().setRenew(true).setRenewal(++renewal));
        while (true) {
            Renewal answer = poll(renewals, "a renewal");
            if (answer.getRenewal() == renewal) {
                return answer;
            }
        }
    }

    Break nextBreak() {
        return poll(breaks, "a break");
    }

    /** No break comes; waits a moment for it. */
    void expectNoBreak() {
        try {
            assertThat(breaks.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private <T> T poll(BlockingQueue<T> queue, String what) {
        try {
            T next = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(next).as(what).isNotNull();
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    // ---- reads ---------------------------------------------------------------------------------

    static long root() {
        return FileId.rootOf(TestingServer.VOLUME).value();
    }

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    /** Walks down with contents and promises. */
    WalkReply walk(String... names) {
        Walk.Builder walk = Walk.newBuilder().setStart(root()).setContents(true).setPromises(true);
        for (String name : names) {
            walk.addNames(bytes(name));
        }
        return ask(FileMethods.WALK, walk.build());
    }

    /** Walks down, and has a vnode promise on the last step. */
    WalkReply promised(String... names) {
        WalkReply reply = walk(names);
        assertThat(reply.getSteps(names.length).getPromised()).as("promised").isTrue();
        return reply;
    }

    String read(String... names) {
        return walk(names).getContents().getInline().toStringUtf8();
    }

    EntryList list(long folder) {
        return ask(
                FileMethods.LIST_ENTRIES,
                ListEntries.newBuilder()
                        .setFolder(folder)
                        .setLimit(1000)
                        .setPromises(true)
                        .build());
    }

    // ---- changes -------------------------------------------------------------------------------

    long newId() {
        if (ids == 0) {
            ids = ask(
                            FileMethods.ALLOCATE_IDS,
                            AllocateIds.newBuilder()
                                    .setVolume(TestingServer.VOLUME)
                                    .setCount(1000)
                                    .build())
                    .getFirst();
        }
        return ids++;
    }

    Create.Builder creating(long parent, String name, FileType type) {
        return Create.newBuilder()
                .setParent(parent)
                .setName(bytes(name))
                .setFile(newId())
                .setType(type)
                .setMode(type == FileType.FOLDER ? 0755 : 0644);
    }

    /** Makes a small file; its id. */
    long create(String name, String contents) {
        return change(
                        FileMethods.CREATE,
                        creating(root(), name, FileType.FILE)
                                .setContents(Contents.newBuilder().setInline(bytes(contents)))
                                .setSize(contents.length())
                                .build())
                .getFile()
                .getFile();
    }

    long mkdir(String name) {
        return change(
                        FileMethods.CREATE,
                        creating(root(), name, FileType.FOLDER).build())
                .getFile()
                .getFile();
    }

    Store storing(long file, long base, String contents) {
        return Store.newBuilder()
                .setFile(file)
                .setBaseVersion(base)
                .setToken(server.token(file, base))
                .setContents(Contents.newBuilder().setInline(bytes(contents)))
                .setSize(contents.length())
                .build();
    }

    Changed store(long file, long base, String contents) {
        return change(FileMethods.STORE, storing(file, base, contents));
    }

    Remove removing(String name) {
        return Remove.newBuilder().setParent(root()).setName(bytes(name)).build();
    }

    Rename renaming(String from, String to) {
        return Rename.newBuilder()
                .setFrom(root())
                .setFromName(bytes(from))
                .setTo(root())
                .setToName(bytes(to))
                .build();
    }

    // ---- chunks --------------------------------------------------------------------------------

    static Piece piece(byte[] chunk) {
        return Piece.newBuilder()
                .setLength(chunk.length)
                .setHash(ByteString.copyFrom(ChunkHash.ofContents(chunk).bytes()))
                .build();
    }

    static Manifest manifest(byte[]... chunks) {
        Manifest.Builder manifest = Manifest.newBuilder();
        for (byte[] chunk : chunks) {
            manifest.addPieces(piece(chunk));
        }
        return manifest.build();
    }

    PushChunks.Builder pushing(long file, byte[]... chunks) {
        PushChunks.Builder push = PushChunks.newBuilder().setFile(file);
        long sum = 0;
        for (byte[] chunk : chunks) {
            push.addChunks(piece(chunk));
            sum += chunk.length;
        }
        return push.setSize(sum).setNewBytes(sum);
    }

    PushChunksReply push(PushChunks push, byte[]... chunks) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] chunk : chunks) {
            all.writeBytes(chunk);
        }
        return transport
                .call(
                        server.address(),
                        FileMethods.PUSH_CHUNKS,
                        header().build(),
                        push,
                        Bulk.ofBytes(ByteBuffer.wrap(all.toByteArray())),
                        Bulk.Sink.NONE,
                        deadline())
                .message();
    }

    /** Fetches pieces of a version. */
    byte[] fetch(long file, long version, int first, int count) {
        List<byte[]> got = new ArrayList<>();
        transport.call(
                server.address(),
                FileMethods.FETCH,
                header().build(),
                holdfast.wire.proto.Fetch.newBuilder()
                        .setFile(file)
                        .setDataVersion(version)
                        .setFirst(first)
                        .setCount(count)
                        .build(),
                Bulk.Source.NONE,
                (in, length) -> Bulk.receive(in, length, block -> {
                    byte[] part = new byte[block.remaining()];
                    block.get(part);
                    got.add(part);
                }),
                deadline());
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        got.forEach(all::writeBytes);
        return all.toByteArray();
    }

    @Override
    public void close() {
        channel.close();
        transport.close();
    }
}
