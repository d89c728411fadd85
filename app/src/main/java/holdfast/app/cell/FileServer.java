package holdfast.app.cell;

import holdfast.app.config.FileServerConfig;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.server.chunk.DiskChunkStore;
import holdfast.server.chunk.ReplicatedChunks;
import holdfast.server.files.FileService;
import holdfast.server.membership.Draining;
import holdfast.server.registration.News;
import holdfast.server.registration.Space;
import holdfast.server.table.RocksTable;
import holdfast.server.volume.VolumeState;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;

import java.time.Duration;
import java.util.List;

/** Starts a file server. */
public final class FileServer {
    private static final Duration TAKE_OVER_MAX = Duration.ofSeconds(30);

    private FileServer() {}

    /**
     * Starts one as {@code config} says.
     *
     * @param join as {@link Place#join}
     */
    public static RunningServer start(
            Address listen,
            FileServerConfig config,
            List<Address> join,
            Surroundings surroundings) {
        Place place = new Place(listen, config.filesRoot(), join);
        return Reopening.start(again -> ServerParts.build(
                Role.FILES,
                place,
                surroundings,
                parts -> parts.admission(config.directoryServers(), self(config)),
                parts -> open(parts, config, surroundings, again)));
    }

    private static RegisterServer.Builder self(FileServerConfig config) {
        return RegisterServer.newBuilder()
                .setRole(Role.FILES)
                .setZone(config.zone().orElse(""))
                .addAllDirectories(
                        config.servingDirs().stream().map(CellPath::toString).toList());
    }

    private static Address open(
            ServerParts parts, FileServerConfig config, Surroundings surroundings, Runnable again) {
        DiskChunkStore disk = parts.add(new DiskChunkStore(parts.path()));
        VolumeState state = new VolumeState(parts.add(new RocksTable(parts.path("namespace"))));
        ServerParts.Replica replica = parts.replica(state);
        FileReplicas replicas = new FileReplicas(
                replica.membership(),
                parts.toMembers(),
                parts.caller(),
                () -> state.applied().index(),
                surroundings.ticker());
        replica.membership().beforeRemoval(replicas);
        ReplicatedChunks chunks = new ReplicatedChunks(
                disk,
                replicas,
                state.reader()::collection,
                parts.toMembers(),
                surroundings.ticker());
        FileService service = parts.add(new FileService(
                replica.log(),
                state,
                chunks,
                parts::seal,
                parts::administrators,
                surroundings.ticker(),
                surroundings.clock(),
                new FileService.Names(parts.group(), parts.id()),
                settings(config)));
        Draining draining = parts.add(new Draining(replica.membership(), surroundings.ticker()));
        Maintenance maintenance = new Maintenance(
                parts.group(), replica.membership(), state.reader(), draining, (to, deadline) -> {
                    parts.leave(to, config.directoryServers(), self(config), deadline);
                    again.run();
                });
        Address address = parts.listen(
                service.service()
                        .and(chunks.service())
                        .and(maintenance.service(parts::administrators)),
                replica);
        parts.register(
                config.directoryServers(),
                self(config).setAddress(address.toString()).setGroup(parts.group()),
                () -> new Space(
                        chunks.capacityBytes(), Math.max(0, chunks.freeBytes()), draining.on()),
                news -> assign(service, news, surroundings));
        return address;
    }

    private static FileService.Settings settings(FileServerConfig config) {
        FileService.Settings usual = FileService.Settings.STANDARD;
        return usual.bringing(config.catchUpBytesASecond().orElse(usual.bringBytesASecond()));
    }

    private static void assign(FileService service, News news, Surroundings surroundings) {
        try {
            service.volumes(
                    news.volumes(),
                    news.mapVersion(),
                    Deadline.in(TAKE_OVER_MAX, surroundings.ticker()));
        } catch (FailureException e) {
            if (e.code() != FailureCode.NOT_LEADER) {
                throw e;
            }
            // The leader makes it so; this member knows it now, should it come to lead.
        }
    }
}
