package holdfast.server.directory.service;

import holdfast.server.directory.CellView;
import holdfast.server.directory.DirectoryState;
import holdfast.wire.log.DirectoryCommand;
import holdfast.wire.log.DirectoryOutcome;
import holdfast.wire.proto.CellMap;
import holdfast.wire.proto.CreateVolume;
import holdfast.wire.proto.GetMap;
import holdfast.wire.proto.MoveMount;
import holdfast.wire.proto.RemoveVolume;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.VolumeReply;
import holdfast.wire.transport.Service.Call;
import holdfast.wire.transport.Service.Reply;

import java.util.List;

/** The calls that show and change what is mounted where. */
final class VolumeCalls {
    private final DirectoryService service;
    private final DirectoryState state;
    private final Pulse pulse;

    VolumeCalls(DirectoryService service, DirectoryState state, Pulse pulse) {
        this.service = service;
        this.state = state;
        this.pulse = pulse;
    }

    Reply<CellMap> map(Call<GetMap> call) {
        long term = service.lead(call.deadline());
        CellView view = state.view();
        long version = service.mapVersion(term, view);
        CellMap.Builder map =
                CellMap.newBuilder().setVersion(version).addAllDirectory(service.members());
        if (call.request().getKnownVersion() == version) {
            return Reply.of(map.setUnchanged(true).build());
        }
        map.setCell(view.cell()).addAllVolumes(view.mounted());
        view.servers().values().forEach(server -> map.addServers(pulse.seen(term, server)));
        return Reply.of(map.build());
    }

    Reply<VolumeReply> create(Call<CreateVolume> call) {
        long term = service.lead(call.deadline());
        CreateVolume asked = call.request();
        DirectoryCommand.Builder command =
                DirectoryCommand.newBuilder().setCreateVolume(placed(term, asked));
        return answer(service.commit(command, call.deadline()), call);
    }

    /** Nobody said where: in the group with most room. */
    private CreateVolume placed(long term, CreateVolume asked) {
        if (!asked.getGroup().isEmpty() || !asked.getServer().isEmpty()) {
            return asked;
        }
        CellView view = state.view();
        service.mapVersion(term, view);
        List<Server> servers = view.servers().values().stream()
                .map(server -> pulse.seen(term, server).build())
                .toList();
        return asked.toBuilder().setGroup(Placement.roomiest(servers)).build();
    }

    Reply<VolumeReply> move(Call<MoveMount> call) {
        service.lead(call.deadline());
        DirectoryCommand.Builder command =
                DirectoryCommand.newBuilder().setMoveMount(call.request());
        return answer(service.commit(command, call.deadline()), call);
    }

    Reply<VolumeReply> remove(Call<RemoveVolume> call) {
        service.lead(call.deadline());
        DirectoryCommand.Builder command =
                DirectoryCommand.newBuilder().setRemoveVolume(call.request());
        return answer(service.commit(command, call.deadline()), call);
    }

    private Reply<VolumeReply> answer(DirectoryOutcome outcome, Call<?> call) {
        long term = service.lead(call.deadline());
        return Reply.of(outcome.getVolume().toBuilder()
                .setMapVersion(service.mapVersion(term, state.view()))
                .build());
    }
}
