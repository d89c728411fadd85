package holdfast.client.fake;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.files.FileMethods;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.CellMap;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Transport;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** A cell with the volumes {@code /} and {@code /home}, one group for each. */
public final class FakeCell {
    private final Map<String, FakeGroup> groups =
            Map.of("files-a.test", new FakeGroup(1), "files-b.test", new FakeGroup(2));
    private final FakeLocks locks = new FakeLocks();
    private final Map<Integer, Handler<?, ?>> handlers = new HashMap<>();
    private final List<Interception> interceptions = new CopyOnWriteArrayList<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();

    /** A request on its way. */
    public record Call(
            Address server,
            Method<?, ?> method,
            RequestHeader header,
            Message request,
            Bulk.Source out,
            Bulk.Sink in) {}

    @FunctionalInterface
    private interface Handler<Q, A> {
        A handle(Call call, Q request);
    }

    /** May hold back, repeat or lose what {@code serve} would answer. */
    @FunctionalInterface
    public interface Interception {
        Message around(Call call, Supplier<Message> serve);
    }

    public FakeCell() {
        serveCell();
        serveNamespace();
        serveContents();
    }

    private FakeGroup groupAt(String host) {
        return Optional.ofNullable(groups.get(host)).orElseThrow();
    }

    /** The group of {@code /}. */
    public FakeGroup group() {
        return groupAt("files-a.test");
    }

    public FakeLocks locks() {
        return locks;
    }

    /** Requests so far, but for heartbeats. */
    public List<Call> calls() {
        return calls.stream()
                .filter(call -> call.method().kind() != LockingMethods.SESSION_HEARTBEAT.kind())
                .toList();
    }

    public void forgetCalls() {
        calls.clear();
    }

    /** Puts itself between clients and servers until closed. */
    public AutoCloseable intercept(Interception interception) {
        interceptions.add(interception);
        return () -> interceptions.remove(interception);
    }

    private <Q extends Message, A extends Message> void on(
            Method<Q, A> method, Handler<Q, A> handler) {
        handlers.put(method.kind(), handler);
    }

    private FakeGroup groupOf(Call call) {
        return groupAt(call.server().host());
    }

    private void serveCell() {
        on(DirectoryMethods.GET_MAP, (call, request) -> map());
        on(
                LockingMethods.OPEN_SESSION,
                (call, request) -> locks.open(call.header().getCaller()));
        on(LockingMethods.ACQUIRE, (call, request) -> locks.acquire(request));
        on(LockingMethods.CLAIM, (call, request) -> locks.claim(request));
        on(LockingMethods.SESSION_HEARTBEAT, (call, request) -> locks.beat(request));
        on(LockingMethods.RELEASE, (call, request) -> {
            locks.release(request.getToken());
            return Nothing.getDefaultInstance();
        });
        on(LockingMethods.CANCEL_ACQUIRE, (call, request) -> {
            locks.cancel(request.getSession(), request.getRequest());
            return Nothing.getDefaultInstance();
        });
        on(LockingMethods.REPORT_RAISED, (call, request) -> Nothing.getDefaultInstance());
        on(LockingMethods.CLOSE_SESSION, (call, request) -> Nothing.getDefaultInstance());
    }

    private void serveNamespace() {
        on(FileMethods.REGISTER_CLIENT, (c, request) -> groupOf(c).register(c.header()));
        on(FileMethods.UNREGISTER_CLIENT, (c, request) -> Nothing.getDefaultInstance());
        on(FileMethods.ALLOCATE_IDS, (c, request) -> groupOf(c).allocate(c.header(), request));
        on(FileMethods.WALK, (c, request) -> groupOf(c).walk(c.header(), request));
        on(FileMethods.LIST_ENTRIES, (c, request) -> groupOf(c).list(c.header(), request));
        on(FileMethods.VALIDATE, (c, request) -> groupOf(c).validate(c.header(), request));
        on(FileMethods.GET_XATTRS, (c, request) -> groupOf(c).xattrs(c.header(), request));
        on(
                FileMethods.STATFS,
                (c, request) -> groupOf(c).reader().statfs(request.getVolume()).toBuilder()
                        .setCapacityBytes(1L << 40)
                        .setFreeBytes(1L << 39)
                        .build());
        on(FileMethods.CREATE, (c, r) -> groupOf(c).change(c.header(), into -> into.setCreate(r)));
        on(FileMethods.REMOVE, (c, r) -> groupOf(c).change(c.header(), into -> into.setRemove(r)));
        on(FileMethods.RENAME, (c, r) -> groupOf(c).change(c.header(), into -> into.setRename(r)));
        on(FileMethods.LINK, (c, r) -> groupOf(c).change(c.header(), into -> into.setLink(r)));
        on(
                FileMethods.SET_ATTRIBUTES,
                (c, r) -> groupOf(c).change(c.header(), into -> into.setSetAttributes(r)));
        on(
                FileMethods.SET_XATTR,
                (c, r) -> groupOf(c).change(c.header(), into -> into.setSetXattr(r)));
        on(
                FileMethods.REMOVE_XATTR,
                (c, r) -> groupOf(c).change(c.header(), into -> into.setRemoveXattr(r)));
    }

    private void serveContents() {
        on(FileMethods.STORE, (c, r) -> groupOf(c).change(c.header(), into -> into.setStore(r)));
        on(FileMethods.RAISE_FENCE, (c, r) -> {
            groupOf(c).change(c.header(), into -> into.setRaiseFence(r));
            return Nothing.getDefaultInstance();
        });
        on(FileMethods.PUSH_CHUNKS, (c, request) -> groupOf(c).push(request, c.out()));
        on(
                FileMethods.FETCH,
                (c, request) -> groupOf(c).fetch(c.header().getCaller(), request, c.in()));
    }

    private static CellMap map() {
        return CellMap.newBuilder()
                .setVersion(1)
                .setCell("fake")
                .addVolumes(Volume.newBuilder().setNumber(1).setPath("/").setGroup("a"))
                .addVolumes(Volume.newBuilder().setNumber(2).setPath("/home").setGroup("b"))
                .addServers(server("a", Role.FILES, "files-a.test:1").setGroup("a"))
                .addServers(server("b", Role.FILES, "files-b.test:1").setGroup("b"))
                .addServers(server("l", Role.LOCKING, "locking.test:1"))
                .build();
    }

    private static Server.Builder server(String id, Role role, String address) {
        return Server.newBuilder()
                .setServer(id)
                .setRole(role)
                .setAddress(address)
                .setUp(true);
    }

    /** The way to this cell for one client. */
    public Transport transport() {
        return new Way();
    }

    private final class Way implements Transport {
        private final List<FakeCallbacks> channels = new CopyOnWriteArrayList<>();

        @Override
        @SuppressWarnings("unchecked")
        public <Q extends Message, A extends Message> Answered<A> call(
                Address server,
                Method<Q, A> method,
                RequestHeader header,
                Q request,
                Bulk.Source out,
                Bulk.Sink in,
                Deadline deadline) {
            Call call = new Call(server, method, header, request, out, in);
            calls.add(call);
            Handler<Q, A> handler = (Handler<Q, A>) handlers.get(method.kind());
            if (handler == null) {
                throw FailureException.of(FailureCode.INTERNAL, "no " + method.name());
            }
            Supplier<Message> serve = () -> handler.handle(call, request);
            for (Interception each : interceptions) {
                Supplier<Message> inner = serve;
                serve = () -> each.around(call, inner);
            }
            A answer = (A) serve.get();
            FakeGroup group = groups.get(server.host());
            return new Answered<>(answer, group == null ? 0 : group.term());
        }

        @Override
        public Channel<FromClient, FromServer> openCallbacks(
                Address server, RequestHeader header, Deadline deadline) {
            FakeCallbacks channel = groupAt(server.host()).openCallbacks(header.getClient());
            channels.add(channel);
            return channel;
        }

        @Override
        public void close() {
            channels.forEach(FakeCallbacks::close);
        }
    }
}
