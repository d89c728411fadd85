package holdfast.wire.locking;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import holdfast.wire.proto.Acquire;
import holdfast.wire.proto.BreakLock;
import holdfast.wire.proto.BreakLockReply;
import holdfast.wire.proto.CancelAcquire;
import holdfast.wire.proto.Claim;
import holdfast.wire.proto.ClaimReply;
import holdfast.wire.proto.CloseSession;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.ListLocks;
import holdfast.wire.proto.LockList;
import holdfast.wire.proto.LockingStatus;
import holdfast.wire.proto.LockingStatusReply;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.OpenSession;
import holdfast.wire.proto.OpenSessionReply;
import holdfast.wire.proto.Release;
import holdfast.wire.proto.ReportRaised;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.SessionHeartbeat;
import holdfast.wire.proto.SessionHeartbeatReply;
import holdfast.wire.transport.Method;

/** The calls of the locking service, by name. */
public final class LockingMethods {

    public static final Method<OpenSession, OpenSessionReply> OPEN_SESSION =
            method(200, "open-session", true, 0, OpenSession.parser(), OpenSessionReply.parser());

    public static final Method<SessionHeartbeat, SessionHeartbeatReply> SESSION_HEARTBEAT = method(
            201,
            "session-heartbeat",
            false,
            0,
            SessionHeartbeat.parser(),
            SessionHeartbeatReply.parser());

    public static final Method<CloseSession, Nothing> CLOSE_SESSION =
            method(202, "close-session", true, 0, CloseSession.parser(), Nothing.parser());

    public static final Method<Acquire, Grant> ACQUIRE = new Method<>(
            203, Role.LOCKING, "acquire", true, 0, true, Acquire.parser(), Grant.parser());

    public static final Method<CancelAcquire, Nothing> CANCEL_ACQUIRE =
            method(204, "cancel-acquire", false, 0, CancelAcquire.parser(), Nothing.parser());

    public static final Method<Release, Nothing> RELEASE =
            method(205, "release", false, 0, Release.parser(), Nothing.parser());

    public static final Method<ReportRaised, Nothing> REPORT_RAISED =
            method(206, "report-raised", false, 0, ReportRaised.parser(), Nothing.parser());

    public static final Method<Claim, ClaimReply> CLAIM =
            method(207, "claim", false, 0, Claim.parser(), ClaimReply.parser());

    public static final Method<ListLocks, LockList> LIST_LOCKS =
            method(208, "list-locks", false, 0, ListLocks.parser(), LockList.parser());

    public static final Method<BreakLock, BreakLockReply> BREAK_LOCK =
            method(209, "break-lock", true, 0, BreakLock.parser(), BreakLockReply.parser());

    public static final Method<LockingStatus, LockingStatusReply> LOCKING_STATUS = method(
            210, "locking-status", false, 0, LockingStatus.parser(), LockingStatusReply.parser());

    private LockingMethods() {}

    private static <Q extends Message, A extends Message> Method<Q, A> method(
            int kind,
            String name,
            boolean changes,
            long bulk,
            Parser<Q> request,
            Parser<A> answer) {
        return new Method<>(kind, Role.LOCKING, name, changes, bulk, request, answer);
    }
}
