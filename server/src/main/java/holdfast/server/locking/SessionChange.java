package holdfast.server.locking;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.log.AddSession;
import holdfast.wire.log.LockingCommand;
import holdfast.wire.log.LockingOutcome;
import holdfast.wire.log.SessionRecord;
import holdfast.wire.proto.Time;

import java.util.TreeMap;

/** The commands of one log entry at work. */
final class SessionChange {
    private final TreeMap<Long, SessionRecord> live;
    private long epoch;
    private long lastSession;

    SessionChange(Sessions from) {
        live = new TreeMap<>(from.live());
        epoch = from.epoch();
        lastSession = from.lastSession();
    }

    Sessions result() {
        return new Sessions(epoch, lastSession, live);
    }

    LockingOutcome carryOut(LockingCommand command) {
        switch (command.getChangeCase()) {
            case ADD_SESSION -> add(command.getAddSession(), command.getTime());
            case END_SESSIONS -> command.getEndSessions().getSessionsList().forEach(live::remove);
            case NEW_EPOCH -> epoch = Math.max(epoch + 1, command.getNewEpoch().getWallMillis());
            case CHANGE_NOT_SET ->
                throw FailureException.of(FailureCode.INVALID, "a command without a change");
        }
        return LockingOutcome.newBuilder()
                .setSession(lastSession)
                .setEpoch(epoch)
                .build();
    }

    private void add(AddSession asked, Time since) {
        if (live.size() >= Sessions.LIVE_MAX) {
            throw FailureException.of(FailureCode.LIMIT, "there are too many lock sessions");
        }
        lastSession++;
        live.put(
                lastSession,
                SessionRecord.newBuilder()
                        .setSession(lastSession)
                        .setCaller(asked.getCaller().toBuilder().clearProof())
                        .setSince(since)
                        .build());
    }
}
