package holdfast.wire.files;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import holdfast.wire.proto.AllocateIds;
import holdfast.wire.proto.AllocateIdsReply;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.Fetch;
import holdfast.wire.proto.FetchReply;
import holdfast.wire.proto.GetManifest;
import holdfast.wire.proto.GetXattrs;
import holdfast.wire.proto.GroupStatus;
import holdfast.wire.proto.GroupStatusReply;
import holdfast.wire.proto.Link;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Manifest;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.PushChunks;
import holdfast.wire.proto.PushChunksReply;
import holdfast.wire.proto.RaiseFence;
import holdfast.wire.proto.RegisterClient;
import holdfast.wire.proto.RegisterClientReply;
import holdfast.wire.proto.Remove;
import holdfast.wire.proto.RemoveXattr;
import holdfast.wire.proto.Rename;
import holdfast.wire.proto.RetireVolume;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.SetAttributes;
import holdfast.wire.proto.SetMilestone;
import holdfast.wire.proto.SetMilestoneReply;
import holdfast.wire.proto.SetXattr;
import holdfast.wire.proto.Statfs;
import holdfast.wire.proto.StatfsReply;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.UnregisterClient;
import holdfast.wire.proto.Validate;
import holdfast.wire.proto.ValidateReply;
import holdfast.wire.proto.VerifyVolume;
import holdfast.wire.proto.VerifyVolumeReply;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.proto.Xattrs;
import holdfast.wire.transport.Method;

/** The calls of file servers, by name. */
public final class FileMethods {

    public static final Method<RegisterClient, RegisterClientReply> REGISTER_CLIENT = method(
            300, "register-client", true, 0, RegisterClient.parser(), RegisterClientReply.parser());

    public static final Method<UnregisterClient, Nothing> UNREGISTER_CLIENT =
            method(301, "unregister-client", false, 0, UnregisterClient.parser(), Nothing.parser());

    public static final Method<AllocateIds, AllocateIdsReply> ALLOCATE_IDS =
            method(302, "allocate-ids", true, 0, AllocateIds.parser(), AllocateIdsReply.parser());

    public static final Method<Walk, WalkReply> WALK =
            method(303, "walk", false, 0, Walk.parser(), WalkReply.parser());

    public static final Method<ListEntries, EntryList> LIST_ENTRIES =
            method(304, "list-entries", false, 0, ListEntries.parser(), EntryList.parser());

    public static final Method<Validate, ValidateReply> VALIDATE =
            method(305, "validate", false, 0, Validate.parser(), ValidateReply.parser());

    public static final Method<Fetch, FetchReply> FETCH =
            method(306, "fetch", false, 0, Fetch.parser(), FetchReply.parser());

    public static final Method<GetManifest, Manifest> GET_MANIFEST =
            method(307, "get-manifest", false, 0, GetManifest.parser(), Manifest.parser());

    public static final Method<PushChunks, PushChunksReply> PUSH_CHUNKS = method(
            308, "push-chunks", false, 2147483648L, PushChunks.parser(), PushChunksReply.parser());

    public static final Method<Store, Changed> STORE =
            method(309, "store", true, 0, Store.parser(), Changed.parser());

    public static final Method<Create, Changed> CREATE =
            method(310, "create", true, 0, Create.parser(), Changed.parser());

    public static final Method<Remove, Changed> REMOVE =
            method(311, "remove", true, 0, Remove.parser(), Changed.parser());

    public static final Method<Rename, Changed> RENAME =
            method(312, "rename", true, 0, Rename.parser(), Changed.parser());

    public static final Method<Link, Changed> LINK =
            method(313, "link", true, 0, Link.parser(), Changed.parser());

    public static final Method<SetAttributes, Changed> SET_ATTRIBUTES =
            method(314, "set-attributes", true, 0, SetAttributes.parser(), Changed.parser());

    public static final Method<SetXattr, Changed> SET_XATTR =
            method(315, "set-xattr", true, 0, SetXattr.parser(), Changed.parser());

    public static final Method<RemoveXattr, Changed> REMOVE_XATTR =
            method(316, "remove-xattr", true, 0, RemoveXattr.parser(), Changed.parser());

    public static final Method<GetXattrs, Xattrs> GET_XATTRS =
            method(317, "get-xattrs", false, 0, GetXattrs.parser(), Xattrs.parser());

    public static final Method<RaiseFence, Nothing> RAISE_FENCE =
            method(318, "raise-fence", true, 0, RaiseFence.parser(), Nothing.parser());

    public static final Method<Statfs, StatfsReply> STATFS =
            method(319, "statfs", false, 0, Statfs.parser(), StatfsReply.parser());

    public static final Method<GroupStatus, GroupStatusReply> GROUP_STATUS =
            method(320, "group-status", false, 0, GroupStatus.parser(), GroupStatusReply.parser());

    public static final Method<RetireVolume, Nothing> RETIRE_VOLUME =
            method(321, "retire-volume", true, 0, RetireVolume.parser(), Nothing.parser());

    public static final Method<SetMilestone, SetMilestoneReply> SET_MILESTONE = method(
            322, "set-milestone", false, 0, SetMilestone.parser(), SetMilestoneReply.parser());

    public static final Method<VerifyVolume, VerifyVolumeReply> VERIFY_VOLUME = method(
            323, "verify-volume", false, 0, VerifyVolume.parser(), VerifyVolumeReply.parser());

    private FileMethods() {}

    private static <Q extends Message, A extends Message> Method<Q, A> method(
            int kind,
            String name,
            boolean changes,
            long bulk,
            Parser<Q> request,
            Parser<A> answer) {
        return new Method<>(kind, Role.FILES, name, changes, bulk, request, answer);
    }
}
