package holdfast.client;

import holdfast.client.session.Environment;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.CellMap;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RegisterClientReply;
import holdfast.wire.proto.Renewal;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Address;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A cell of one volume, one file server and one locking server, whose answers a test writes. */
public final class ScriptedCell {
    public static final Address DIRECTORY = new Address("directory.test", 1);
    public static final int LEASE_MILLIS = 30_000;

    private final TestingClocks clocks = new TestingClocks();
    private final ScriptedServers servers = new ScriptedServers();
    private final AtomicLong clients = new AtomicLong(100);

    public ScriptedCell() {
        servers.on(DirectoryMethods.GET_MAP, 0, request -> map(1));
        servers.on(
                FileMethods.REGISTER_CLIENT,
                1,
                request -> RegisterClientReply.newBuilder()
                        .setClient(clients.incrementAndGet())
                        .setLeaseMillis(LEASE_MILLIS)
                        .build());
    }

    public ScriptedServers servers() {
        return servers;
    }

    public TestingClocks clocks() {
        return clocks;
    }

    public List<Address> directories() {
        return List.of(DIRECTORY);
    }

    /** For one client process, run by {@code user}. */
    public Environment environment(String user) {
        Caller caller = Caller.newBuilder()
                .setUser(user)
                .addGroups(user)
                .setHost("test")
                .build();
        return new Environment(servers, clocks, clocks, Thread.ofVirtual().factory(), caller);
    }

    public static CellMap map(long version) {
        return CellMap.newBuilder()
                .setVersion(version)
                .setCell("test")
                .addVolumes(Volume.newBuilder().setNumber(1).setPath("/").setGroup("g"))
                .addServers(server("f1", Role.FILES, "files.test:2").setGroup("g"))
                .addServers(server("l1", Role.LOCKING, "locking.test:3"))
                .build();
    }

    private static Server.Builder server(String id, Role role, String address) {
        return Server.newBuilder()
                .setServer(id)
                .setRole(role)
                .setAddress(address)
                .setUp(true);
    }

    /** Grants the renewal that {@code asked} asks for. */
    public static FromServer renewed(FromClient asked, long term) {
        return FromServer.newBuilder()
                .setRenewal(Renewal.newBuilder()
                        .setRenewal(asked.getRenewal())
                        .setTerm(term)
                        .setMapVersion(1)
                        .setLeaseMillis(LEASE_MILLIS))
                .build();
    }

    /** Breaks the vnode promise on {@code file}. */
    public static FromServer broken(long number, long term, long file, long changeNumber) {
        return FromServer.newBuilder()
                .setBreak(Break.newBuilder()
                        .setNumber(number)
                        .setTerm(term)
                        .addItems(Broken.newBuilder()
                                .setFile(file)
                                .setChangeNumber(changeNumber)
                                .setVnode(true)
                                .setEntries(true)))
                .build();
    }
}
