package holdfast.wire.members;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import holdfast.model.chunk.ChunkBounds;
import holdfast.wire.proto.AddMember;
import holdfast.wire.proto.BringChunk;
import holdfast.wire.proto.CopyChunks;
import holdfast.wire.proto.DrainMember;
import holdfast.wire.proto.JoinGroup;
import holdfast.wire.proto.KeepChunks;
import holdfast.wire.proto.KeptChunks;
import holdfast.wire.proto.LeadMember;
import holdfast.wire.proto.ListMembers;
import holdfast.wire.proto.MemberAnswer;
import holdfast.wire.proto.MemberCall;
import holdfast.wire.proto.MemberList;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RemoveMember;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Method;

/**
 * The calls between members, and those of who administers them, by name. All may be repeated
 * without harm. Servers of every role answer them at their own port.
 */
public final class MemberMethods {
    public static final Method<MemberCall, MemberAnswer> REQUEST_VOTE = raft(400, "request-vote");

    public static final Method<MemberCall, MemberAnswer> APPEND_ENTRIES =
            raft(401, "append-entries");

    public static final Method<MemberCall, MemberAnswer> INSTALL_CHECKPOINT =
            raft(402, "install-checkpoint");

    public static final Method<MemberCall, MemberAnswer> STAND_FOR_ELECTION =
            raft(403, "stand-for-election");

    public static final Method<ListMembers, MemberList> LIST_MEMBERS =
            method(410, "list-members", false, ListMembers.parser(), MemberList.parser());

    public static final Method<AddMember, Nothing> ADD_MEMBER =
            method(411, "add-member", true, AddMember.parser(), Nothing.parser());

    public static final Method<RemoveMember, Nothing> REMOVE_MEMBER =
            method(412, "remove-member", true, RemoveMember.parser(), Nothing.parser());

    public static final Method<LeadMember, Nothing> LEAD_MEMBER =
            method(413, "lead-member", true, LeadMember.parser(), Nothing.parser());

    public static final Method<JoinGroup, Nothing> JOIN_GROUP =
            ofFiles(414, "join-group", 0, JoinGroup.parser(), Nothing.parser());

    public static final Method<DrainMember, Nothing> DRAIN_MEMBER =
            ofFiles(415, "drain-member", 0, DrainMember.parser(), Nothing.parser());

    public static final Method<KeepChunks, KeptChunks> KEEP_CHUNKS =
            ofFiles(420, "keep-chunks", 0, KeepChunks.parser(), KeptChunks.parser());

    public static final Method<CopyChunks, Nothing> COPY_CHUNKS = ofFiles(
            421,
            "copy-chunks",
            4L * ChunkBounds.CHUNK_BYTES_MAX,
            CopyChunks.parser(),
            Nothing.parser());

    public static final Method<BringChunk, Nothing> BRING_CHUNK =
            ofFiles(422, "bring-chunk", 0, BringChunk.parser(), Nothing.parser());

    private MemberMethods() {}

    private static <Q extends Message, A extends Message> Method<Q, A> ofFiles(
            int kind, String name, long bulk, Parser<Q> request, Parser<A> answer) {
        return new Method<>(kind, Role.FILES, name, false, bulk, request, answer);
    }

    private static Method<MemberCall, MemberAnswer> raft(int kind, String name) {
        return method(kind, name, false, MemberCall.parser(), MemberAnswer.parser());
    }

    private static <Q extends Message, A extends Message> Method<Q, A> method(
            int kind, String name, boolean changes, Parser<Q> request, Parser<A> answer) {
        return new Method<>(kind, Role.ROLE_NONE, name, changes, 0, request, answer);
    }
}
