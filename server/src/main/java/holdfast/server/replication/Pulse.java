package holdfast.server.replication;

import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.util.Timestamp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Heartbeats to one follower beside Ratis' appender, whose single call to it may take long: a large
 * entry on a slow network, a disk that stands still, a checkpoint. Without them the leader would
 * lose its lease meanwhile, and the follower stand for election, though both are there.
 *
 * <p>They carry no entries, and of their answers only the time counts, and a newer term; what the
 * follower has written is learned from the appender's own calls.
 */
final class Pulse implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Pulse.class);
    private static final Duration START_MAX = Duration.ofSeconds(30);
    private static final int LOOKS_A_BEAT = 6;

    /** Sends one heartbeat and waits for its answer. */
    @FunctionalInterface
    interface Sending {
        AppendEntriesReplyProto send(AppendEntriesRequestProto heartbeat) throws IOException;
    }

    private final LogAppender appender;
    private final FollowerInfo follower;
    private final Sending sending;
    private final long everyMillis;

    /** @param every one is sent when the last answered call to the follower began so long ago */
    Pulse(LogAppender appender, Sending sending, Duration every) {
        this.appender = appender;
        this.follower = appender.getFollower();
        this.sending = sending;
        this.everyMillis = every.toMillis();
    }

    /** Ends with the appender. */
    @Override
    public void run() {
        Timestamp begun = Timestamp.currentTime();
        while (!appender.isRunning() && begun.elapsedTimeMs() < START_MAX.toMillis()) {
            pause(everyMillis / LOOKS_A_BEAT);
        }
        while (appender.isRunning()) {
            boolean late =
                    follower.getLastRespondedAppendEntriesSendTime().elapsedTimeMs() >= everyMillis;
            pause(late && !beat() ? everyMillis : everyMillis / LOOKS_A_BEAT);
        }
    }

    private static void pause(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** False when the follower did not answer. */
    private boolean beat() {
        try {
            AppendEntriesRequestProto heartbeat = appender.getLeaderState()
                    .newAppendEntriesRequestProto(
                            follower,
                            List.of(),
                            appender.getPrevious(follower.getNextIndex()),
                            CallId.getAndIncrement());
            Timestamp sent = Timestamp.currentTime();
            AppendEntriesReplyProto reply = sending.send(heartbeat);
            if (reply.getResult() == AppendResult.NOT_LEADER) {
                appender.onFollowerTerm(reply.getTerm());
            } else {
                follower.updateLastRpcResponseTime();
                follower.updateLastRespondedAppendEntriesSendTime(sent);
            }
            return true;
        } catch (IOException e) {
            LOG.debug("no heartbeat beside the calls to {}: {}", follower.getId(), e.getMessage());
            return false;
        }
    }
}
