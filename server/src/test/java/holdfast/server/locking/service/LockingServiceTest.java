package holdfast.server.locking.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.Deadline;
import holdfast.server.locking.LockingState;
import holdfast.server.replication.TestingLog;
import holdfast.server.security.Administrators;
import holdfast.testkit.fake.ManualClock;
import holdfast.testkit.fake.ManualTicker;
import holdfast.wire.proto.Acquire;
import holdfast.wire.proto.BreakLock;
import holdfast.wire.proto.CancelAcquire;
import holdfast.wire.proto.Claim;
import holdfast.wire.proto.ClaimReply;
import holdfast.wire.proto.CloseSession;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.HeldLock;
import holdfast.wire.proto.ListLocks;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.LockingStatus;
import holdfast.wire.proto.LockingStatusReply;
import holdfast.wire.proto.OpenSession;
import holdfast.wire.proto.Release;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.SessionHeartbeat;
import holdfast.wire.proto.SessionHeartbeatReply;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Service.Call;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

class LockingServiceTest {
    private static final long FILE = FileId.of(1, 5).value();

    private final LockingState state = new LockingState();
    private final TestingLog log = new TestingLog(state);
    private final ManualTicker ticker = new ManualTicker();
    private final TokenSeal seal = new TokenSeal(new byte[32]);
    private final Tokens tokens = new Tokens(() -> Optional.of(seal));
    private final LockingService service = new LockingService(
                    log,
                    state,
                    () -> Optional.of(seal),
                    () -> Administrators.ROOT,
                    new ManualClock(),
                    ticker,
                    Settings.DEFAULT)
            .start();
    private final SessionCalls sessions = new SessionCalls(service, state, tokens);
    private final LockCalls locks = new LockCalls(service, state, tokens);
    private long request;

    @AfterEach
    void close() {
        service.close();
    }

    @Test
    void aFollowerAnswersNothing() {
        assertThatThrownBy(this::open).satisfies(is(FailureCode.NOT_LEADER));
    }

    @Test
    void aWaiterIsGrantedWhenTheHolderGivesBack() {
        log.lead();
        long one = open();
        long two = open();
        Grant first = acquire(one, 0);
        CompletableFuture<Grant> second = later(two);
        release(one, first.getToken());
        Token token = second.orTimeout(20, java.util.concurrent.TimeUnit.SECONDS)
                .join()
                .getToken();
        assertThat(Tokens.order(token)).isGreaterThan(Tokens.order(first.getToken()));
        assertThat(tokens.genuine(token)).isTrue();
        assertThat(log.proposals())
                .as("the epoch and two sessions; locks cost none")
                .isEqualTo(3);
    }

    @Test
    void whoDoesNotWaitIsToldWhoHolds() {
        log.lead();
        acquire(open(), 0);
        long two = open();
        assertThatThrownBy(() -> acquire(two, 0)).satisfies(is(FailureCode.LOCK_HELD));
        assertThat(status().getWaiters()).isZero();
    }

    @Test
    void theEndOfASessionIsCommittedBeforeItsLockIsGrantedAgain() {
        log.lead();
        long one = open();
        long two = open();
        acquire(one, 0);
        CompletableFuture<Grant> second = later(two);
        log.refuse(true);
        silence(one, two);
        assertThat(status().getLocks()).isOne();
        assertThat(second).isNotDone();
        log.refuse(false);
        await().until(() -> {
            service.sweep();
            return second.isDone();
        });
        assertThat(state.sessions().isLive(one)).isFalse();
        assertThat(second.join().getRaise()).isTrue();
        assertThat(heartbeat(SessionHeartbeat.newBuilder().setSession(one)).getEnded())
                .isTrue();
    }

    @Test
    void aLeaderThatStoodStillGivesAllSessionsAFullTime() {
        log.lead();
        long one = open();
        ticker.advance(Duration.ofSeconds(60));
        service.sweep();
        assertThat(state.sessions().isLive(one)).isTrue();
        assertThat(heartbeat(SessionHeartbeat.newBuilder().setSession(one)).getEnded())
                .isFalse();
    }

    @Test
    void aHeartbeatFreesWhatItDoesNotName() {
        log.lead();
        long one = open();
        Grant kept = acquire(one, FILE, 0);
        acquire(one, FILE + 1, 0);
        Grant overtaking = acquire(one, FILE + 2, 0);
        assertThat(overtaking.getToken().getNumber()).isEqualTo(3);
        var reply = heartbeat(SessionHeartbeat.newBuilder()
                .setSession(one)
                .addHeld(held(kept.getToken()))
                .addHeld(HeldLock.newBuilder().setFile(FILE + 9).setEpoch(1).setNumber(1))
                .setNewestRequest(request - 1));
        assertThat(status().getLocks()).isEqualTo(2);
        assertThat(reply.getLostList()).containsExactly(FILE + 9);
    }

    @Test
    void aNewLeaderGrantsOnlyWhatIsClaimedUntilAllHaveClaimed() {
        log.lead();
        long one = open();
        long two = open();
        Grant old = acquire(one, 0);
        log.follow();
        log.lead();
        assertThat(status().getTakingOver()).isTrue();
        assertThatThrownBy(() -> acquire(two, 0)).satisfies(is(FailureCode.UNAVAILABLE));
        CompletableFuture<Grant> other = later(two);
        ClaimReply claimed = claim(one, old.getToken());
        Grant grant = claimed.getGrants(0);
        assertThat(grant.getRaise()).isTrue();
        assertThat(grant.getToken().getEpoch()).isGreaterThan(old.getToken().getEpoch());
        assertThat(claim(one, old.getToken())).isEqualTo(claimed);
        claim(two);
        assertThat(status().getTakingOver()).isFalse();
        assertThat(other).isNotDone();
        release(one, grant.getToken());
        other.orTimeout(20, java.util.concurrent.TimeUnit.SECONDS).join();
    }

    @Test
    void aTakeoverEndsAfterOneSessionTimeForThoseThatDoNotComeBack() {
        log.lead();
        long gone = open();
        long here = open();
        acquire(gone, 0);
        log.follow();
        log.lead();
        claim(here);
        assertThat(status().getTakingOver()).isTrue();
        silence(gone, here);
        await().until(() -> {
            service.sweep();
            return !status().getTakingOver();
        });
        assertThat(state.sessions().isLive(gone)).isFalse();
        assertThat(acquire(here, 0).hasToken()).isTrue();
    }

    @Test
    void losingLeadershipEndsWaitsAndForgetsTheTable() {
        log.lead();
        acquire(open(), 0);
        CompletableFuture<Grant> waiter = later(open());
        log.follow();
        assertThatThrownBy(waiter::join).cause().satisfies(is(FailureCode.NOT_LEADER));
    }

    @Test
    void aCancelledAskIsNotGrantedAlsoWhenTheCancelOvertookIt() {
        log.lead();
        long one = open();
        locks.cancel(call(CancelAcquire.newBuilder()
                .setSession(one)
                .setRequest(request + 1)
                .build()));
        assertThatThrownBy(() -> acquire(one, 0)).satisfies(is(FailureCode.CANCELLED));
    }

    @Test
    void aForgedClaimIsRefused() {
        log.lead();
        long one = open();
        Token forged = acquire(one, 0).getToken().toBuilder().setNumber(99).build();
        assertThatThrownBy(() -> claim(one, forged)).satisfies(is(FailureCode.INVALID));
    }

    @Test
    void aBrokenLockIsLostToItsHolder() {
        log.lead();
        long one = open();
        Token token = acquire(one, 0).getToken();
        assertThat(broken()).isOne();
        var reply = heartbeat(SessionHeartbeat.newBuilder().setSession(one).addHeld(held(token)));
        assertThat(reply.getLostList()).containsExactly(FILE);
    }

    @Test
    void aNewLeaderShowsAndBreaksNoLocksUntilAllHaveClaimed() {
        log.lead();
        long one = open();
        Token old = acquire(one, 0).getToken();
        log.follow();
        log.lead();
        assertThatThrownBy(this::listed).satisfies(is(FailureCode.UNAVAILABLE));
        assertThatThrownBy(this::broken).satisfies(is(FailureCode.UNAVAILABLE));
        claim(one, old);
        assertThat(listed()).isOne();
        assertThat(broken()).isOne();
    }

    private int listed() {
        return locks.list(call(ListLocks.getDefaultInstance())).message().getLocksCount();
    }

    private int broken() {
        return locks.breakLock(call(BreakLock.newBuilder().setFile(FILE).build()))
                .message()
                .getFreed();
    }

    @Test
    void aClosedSessionIsOver() {
        log.lead();
        long one = open();
        acquire(one, 0);
        sessions.close(call(CloseSession.newBuilder().setSession(one).build()));
        assertThat(status().getLocks()).isZero();
        assertThatThrownBy(() -> acquire(one, 0)).satisfies(is(FailureCode.SESSION_ENDED));
    }

    /** Lets a session time pass in which {@code silent} says nothing. */
    private void silence(long silent, long other) {
        assertThat(silent).isNotEqualTo(other);
        for (int second = 0; second < 11; second++) {
            ticker.advance(Duration.ofSeconds(1));
            heartbeat(SessionHeartbeat.newBuilder().setSession(other).addAwaited(request));
            try {
                service.sweep();
            } catch (FailureException e) {
                assertThat(e.code()).isEqualTo(FailureCode.INDETERMINATE);
            }
        }
    }

    private long open() {
        return sessions.open(call(OpenSession.getDefaultInstance())).message().getSession();
    }

    private Grant acquire(long session, int waitMillis) {
        return acquire(session, FILE, waitMillis);
    }

    private Grant acquire(long session, long file, int waitMillis) {
        return locks.acquire(call(Acquire.newBuilder()
                        .setSession(session)
                        .setRequest(++request)
                        .setFile(file)
                        .setMode(LockMode.EXCLUSIVE)
                        .setWaitMillis(waitMillis)
                        .build()))
                .message();
    }

    /** Waits in another thread; returns when it does. */
    private CompletableFuture<Grant> later(long session) {
        CompletableFuture<Grant> result = new CompletableFuture<>();
        long before = status().getWaiters();
        Thread.ofVirtual().start(() -> {
            try {
                result.complete(acquire(session, 60_000));
            } catch (FailureException e) {
                result.completeExceptionally(e);
            }
        });
        await().until(() -> status().getWaiters() > before);
        return result;
    }

    private void release(long session, Token token) {
        locks.release(
                call(Release.newBuilder().setSession(session).setToken(token).build()));
    }

    private ClaimReply claim(long session, Token... held) {
        Claim claim = Claim.newBuilder()
                .setSession(session)
                .addAllTokens(java.util.List.of(held))
                .build();
        return sessions.claim(call(claim)).message();
    }

    private SessionHeartbeatReply heartbeat(SessionHeartbeat.Builder beat) {
        return sessions.heartbeat(call(beat.build())).message();
    }

    private LockingStatusReply status() {
        return locks.status(call(LockingStatus.getDefaultInstance())).message();
    }

    private static HeldLock held(Token token) {
        return HeldLock.newBuilder()
                .setFile(token.getFile())
                .setEpoch(token.getEpoch())
                .setNumber(token.getNumber())
                .build();
    }

    private <Q extends Message> Call<Q> call(Q message) {
        Deadline deadline = Deadline.in(Duration.ofSeconds(100), ticker);
        return new Call<>(RequestHeader.getDefaultInstance(), message, deadline, 0, sink -> {});
    }

    private static java.util.function.Consumer<Throwable> is(FailureCode code) {
        return thrown -> assertThat(thrown)
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
