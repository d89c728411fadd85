package holdfast.server.directory.service;

import holdfast.server.directory.CellView;
import holdfast.server.directory.DirectoryState;
import holdfast.wire.log.DirectoryCommand;
import holdfast.wire.proto.ForgetServer;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.RegisterServerReply;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.ServerHeartbeat;
import holdfast.wire.proto.ServerHeartbeatReply;
import holdfast.wire.transport.Service.Call;
import holdfast.wire.transport.Service.Reply;

/** The calls by which servers come, stay and go. */
final class ServerCalls {
    private final DirectoryService service;
    private final DirectoryState state;
    private final Pulse pulse;

    ServerCalls(DirectoryService service, DirectoryState state, Pulse pulse) {
        this.service = service;
        this.state = state;
        this.pulse = pulse;
    }

    Reply<RegisterServerReply> register(Call<RegisterServer> call) {
        RegisterServer asked = call.request();
        service.lead(call.deadline());
        RegisterServerReply.Builder reply = service
                .commit(DirectoryCommand.newBuilder().setRegister(asked), call.deadline())
                .getRegistered()
                .toBuilder();
        long term = service.lead(call.deadline());
        CellView view = state.view();
        Server server = view.servers().get(asked.getServer());
        if (server != null) {
            pulse.beat(
                    term,
                    server,
                    ServerHeartbeat.newBuilder()
                            .setCapacityBytes(asked.getCapacityBytes())
                            .setFreeBytes(asked.getFreeBytes())
                            .setDraining(asked.getDraining())
                            .build());
        }
        return Reply.of(reply.setMapVersion(service.mapVersion(term, view))
                .setHeartbeatMillis((int) Pulse.INTERVAL.toMillis())
                .addAllAdministrators(service.administrators())
                .addAllDirectory(service.members())
                .build());
    }

    Reply<ServerHeartbeatReply> heartbeat(Call<ServerHeartbeat> call) {
        ServerHeartbeat told = call.request();
        long term = service.lead(call.deadline());
        CellView view = state.view();
        Server server = view.servers().get(told.getServer());
        ServerHeartbeatReply.Builder reply = ServerHeartbeatReply.newBuilder();
        if (server == null) {
            reply.setUnknown(true);
        } else {
            pulse.beat(term, server, told);
            reply.addAllVolumes(view.mountedOf(server.getGroup()))
                    .addAllAdministrators(service.administrators());
        }
        return Reply.of(reply.setMapVersion(service.mapVersion(term, view))
                .addAllDirectory(service.members())
                .build());
    }

    Reply<Nothing> forget(Call<ForgetServer> call) {
        service.lead(call.deadline());
        service.commit(
                DirectoryCommand.newBuilder().setForgetServer(call.request()), call.deadline());
        return Reply.of(Nothing.getDefaultInstance());
    }
}
