package holdfast.wire.directory;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import holdfast.wire.proto.CellMap;
import holdfast.wire.proto.CreateVolume;
import holdfast.wire.proto.ForgetServer;
import holdfast.wire.proto.GetMap;
import holdfast.wire.proto.MoveMount;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.RegisterServerReply;
import holdfast.wire.proto.RemoveVolume;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.ServerHeartbeat;
import holdfast.wire.proto.ServerHeartbeatReply;
import holdfast.wire.proto.VolumeReply;
import holdfast.wire.transport.Method;

/** The calls of the directory service, by name. */
public final class DirectoryMethods {

    public static final Method<RegisterServer, RegisterServerReply> REGISTER_SERVER = method(
            100, "register-server", true, 0, RegisterServer.parser(), RegisterServerReply.parser());

    public static final Method<ServerHeartbeat, ServerHeartbeatReply> SERVER_HEARTBEAT = method(
            101,
            "server-heartbeat",
            false,
            0,
            ServerHeartbeat.parser(),
            ServerHeartbeatReply.parser());

    public static final Method<GetMap, CellMap> GET_MAP =
            method(102, "get-map", false, 0, GetMap.parser(), CellMap.parser());

    public static final Method<CreateVolume, VolumeReply> CREATE_VOLUME =
            method(103, "create-volume", true, 0, CreateVolume.parser(), VolumeReply.parser());

    public static final Method<MoveMount, VolumeReply> MOVE_MOUNT =
            method(104, "move-mount", true, 0, MoveMount.parser(), VolumeReply.parser());

    public static final Method<RemoveVolume, VolumeReply> REMOVE_VOLUME =
            method(105, "remove-volume", true, 0, RemoveVolume.parser(), VolumeReply.parser());

    public static final Method<ForgetServer, Nothing> FORGET_SERVER =
            method(106, "forget-server", true, 0, ForgetServer.parser(), Nothing.parser());

    private DirectoryMethods() {}

    private static <Q extends Message, A extends Message> Method<Q, A> method(
            int kind,
            String name,
            boolean changes,
            long bulk,
            Parser<Q> request,
            Parser<A> answer) {
        return new Method<>(kind, Role.DIRECTORY, name, changes, bulk, request, answer);
    }
}
