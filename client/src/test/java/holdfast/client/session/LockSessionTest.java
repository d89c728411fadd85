package holdfast.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import holdfast.client.ScriptedCell;
import holdfast.client.ScriptedServers;
import holdfast.client.ScriptedServers.Seen;
import holdfast.client.session.GroupConnection.Style;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.Acquire;
import holdfast.wire.proto.Claim;
import holdfast.wire.proto.ClaimReply;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.OpenSessionReply;
import holdfast.wire.proto.SessionHeartbeat;
import holdfast.wire.proto.SessionHeartbeatReply;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Transport.Answered;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Rule 4 on the client's side, against a locking server whose answers are written here. */
class LockSessionTest {
    private static final FileId FILE = FileId.of(1, 42);
    private static final int SESSION_MILLIS = 15_000;

    private final ScriptedCell cell = new ScriptedCell();
    private final AtomicLong epoch = new AtomicLong(10);
    private final AtomicLong number = new AtomicLong();
    private final AtomicLong sessions = new AtomicLong(500);
    private final Session session =
            new Session(cell.environment("ann"), cell.directories(), List.of(), Style.LASTING);
    private final LockSession locks = session.locks();

    @BeforeEach
    void serve() {
        cell.servers()
                .on(LockingMethods.OPEN_SESSION, 0, request -> opened())
                .on(LockingMethods.RELEASE, 0, request -> Nothing.getDefaultInstance())
                .on(LockingMethods.CANCEL_ACQUIRE, 0, request -> Nothing.getDefaultInstance())
                .on(LockingMethods.CLOSE_SESSION, 0, request -> Nothing.getDefaultInstance())
                .on(LockingMethods.SESSION_HEARTBEAT, 0, beat -> beat())
                .on(LockingMethods.ACQUIRE, 0, this::grant);
    }

    private OpenSessionReply opened() {
        return OpenSessionReply.newBuilder()
                .setSession(sessions.incrementAndGet())
                .setEpoch(epoch.get())
                .setSessionMillis(SESSION_MILLIS)
                .build();
    }

    private SessionHeartbeatReply beat() {
        return SessionHeartbeatReply.newBuilder().setEpoch(epoch.get()).build();
    }

    private Grant grant(Acquire request) {
        return grant(request.getSession(), request.getFile(), epoch.get());
    }

    private Grant grant(long of, long file, long in) {
        return Grant.newBuilder()
                .setToken(Token.newBuilder()
                        .setSession(of)
                        .setFile(file)
                        .setEpoch(in)
                        .setNumber(number.incrementAndGet()))
                .build();
    }

    @AfterEach
    void close() {
        session.close();
    }

    private Deadline soon() {
        return cell.environment("ann").in(Duration.ofSeconds(20));
    }

    private HeldLock acquire(Duration patience) {
        LockWish wish = new LockWish(FILE, LockMode.EXCLUSIVE, "/f", patience, holder -> {});
        return locks.acquire(wish, soon());
    }

    private static FailureException heldBy(String user) {
        return Failure.of(FailureCode.LOCK_HELD, "locked by " + user)
                .heldBy(new Failure.Holder(user, "h", 1, 5))
                .exception();
    }

    @Test
    void aLostAnswerIsAskedForAgainUnderTheSameNumber() {
        AtomicInteger tries = new AtomicInteger();
        cell.servers().onCall(LockingMethods.ACQUIRE, call -> {
            if (tries.incrementAndGet() == 1) {
                throw ScriptedServers.lost();
            }
            return new Answered<>(grant(ScriptedServers.body(LockingMethods.ACQUIRE, call)), 0);
        });
        acquire(Duration.ZERO);
        List<Seen> seen = cell.servers().seen(LockingMethods.ACQUIRE);
        assertThat(seen.stream().map(LockSessionTest::requestOf)).hasSize(2).containsOnly(1L);
    }

    private static long requestOf(Seen call) {
        return ScriptedServers.body(LockingMethods.ACQUIRE, call).getRequest();
    }

    @Test
    void whoeverMustWaitIsToldWhomForFirst() {
        AtomicInteger tries = new AtomicInteger();
        cell.servers().onCall(LockingMethods.ACQUIRE, call -> {
            if (tries.incrementAndGet() == 1) {
                throw heldBy("bob");
            }
            return new Answered<>(grant(ScriptedServers.body(LockingMethods.ACQUIRE, call)), 0);
        });
        CompletableFuture<String> told = new CompletableFuture<>();
        LockWish wish = new LockWish(
                FILE,
                LockMode.EXCLUSIVE,
                "/f",
                Duration.ofSeconds(5),
                holder -> told.complete(holder.user()));
        locks.acquire(wish, soon());
        assertThat(told).isCompletedWithValue("bob");
    }

    @Test
    void withoutPatienceTheHolderIsNamed() {
        cell.servers().onCall(LockingMethods.ACQUIRE, call -> {
            throw heldBy("bob");
        });
        assertThatThrownBy(() -> acquire(Duration.ZERO)).hasMessageContaining("locked by bob");
    }

    @Test
    void aGrantOfAnOlderEpochIsRefused() {
        AtomicInteger tries = new AtomicInteger();
        cell.servers().onCall(LockingMethods.ACQUIRE, call -> {
            Acquire request = ScriptedServers.body(LockingMethods.ACQUIRE, call);
            long in = tries.incrementAndGet() == 1 ? 9 : 10;
            return new Answered<>(grant(request.getSession(), request.getFile(), in), 0);
        });
        assertThat(acquire(Duration.ZERO).token().getEpoch()).isEqualTo(10);
    }

    @Test
    void aNewLeaderIsToldEvenThatThereIsNothingToClaim() {
        AtomicInteger claimed = new AtomicInteger(-1);
        cell.servers().on(LockingMethods.CLAIM, 0, claim -> {
            claimed.set(claim.getTokensCount());
            return ClaimReply.newBuilder().setEpoch(epoch.get()).build();
        });
        acquire(Duration.ZERO).release();
        epoch.set(11);
        locks.beatNow(soon());
        assertThat(claimed).hasValue(0);
        assertThat(acquire(Duration.ZERO).token().getEpoch()).isEqualTo(11);
    }

    @Test
    void heartbeatsNameWhatIsHeldAndTheNewestRequest() {
        HeldLock lock = acquire(Duration.ZERO);
        locks.beatNow(soon());
        SessionHeartbeat beat = lastBeat();
        assertThat(beat.getNewestRequest()).isEqualTo(1);
        assertThat(beat.getHeldList())
                .singleElement()
                .satisfies(held ->
                        assertThat(held.getNumber()).isEqualTo(lock.token().getNumber()));
        lock.release();
        locks.beatNow(soon());
        assertThat(lastBeat().getHeldList()).isEmpty();
    }

    private SessionHeartbeat lastBeat() {
        return ScriptedServers.body(
                LockingMethods.SESSION_HEARTBEAT,
                cell.servers().seen(LockingMethods.SESSION_HEARTBEAT).getLast());
    }

    @Test
    void aNewEpochIsAnsweredWithClaims() {
        HeldLock lock = acquire(Duration.ZERO);
        epoch.set(11);
        cell.servers().on(LockingMethods.CLAIM, 0, this::claimed);
        lock.claimAnew(soon());
        assertThat(lock.token().getEpoch()).isEqualTo(11);
        assertThat(lock.lost()).isEmpty();
    }

    private ClaimReply claimed(Claim claim) {
        ClaimReply.Builder reply = ClaimReply.newBuilder().setEpoch(epoch.get());
        for (Token token : claim.getTokensList()) {
            reply.addGrants(grant(claim.getSession(), token.getFile(), epoch.get()));
        }
        return reply.build();
    }

    @Test
    void aRefusedClaimLosesTheLock() {
        HeldLock lock = acquire(Duration.ZERO);
        epoch.set(11);
        cell.servers()
                .on(
                        LockingMethods.CLAIM,
                        0,
                        claim -> ClaimReply.newBuilder()
                                .setEpoch(11)
                                .addRefused(FILE.value())
                                .build());
        assertThatThrownBy(() -> lock.claimAnew(soon()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.SESSION_ENDED));
    }

    /** One that begins when the clocks have moved would keep the session. */
    private void noHeartbeatArrives() {
        cell.servers().on(LockingMethods.SESSION_HEARTBEAT, 0, beat -> {
            throw FailureException.of(FailureCode.UNAVAILABLE, "away");
        });
    }

    @Test
    void aSessionLapsedByTheOwnClockLosesItsLocks() {
        noHeartbeatArrives();
        HeldLock lock = acquire(Duration.ZERO);
        lock.check();
        cell.clocks().pass(Duration.ofMillis(SESSION_MILLIS));
        assertThatThrownBy(lock::check)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.SESSION_ENDED));
        lock.release();
        HeldLock again = acquire(Duration.ofSeconds(1));
        assertThat(again.token().getSession()).isNotEqualTo(lock.token().getSession());
    }

    @Test
    void aLapsedSessionIsClosedSoThatNoLeaderWaitsForItsWord() {
        CompletableFuture<Long> told = new CompletableFuture<>();
        cell.servers().on(LockingMethods.CLOSE_SESSION, 0, request -> {
            told.complete(request.getSession());
            return Nothing.getDefaultInstance();
        });
        noHeartbeatArrives();
        HeldLock lock = acquire(Duration.ZERO);
        cell.clocks().pass(Duration.ofMillis(SESSION_MILLIS));
        lock.release();
        acquire(Duration.ofSeconds(1));
        assertThat(told)
                .succeedsWithin(Duration.ofSeconds(20))
                .isEqualTo(lock.token().getSession());
    }

    @Test
    void anEndedSessionIsReplacedForTheNextLock() {
        AtomicInteger tries = new AtomicInteger();
        cell.servers().onCall(LockingMethods.ACQUIRE, call -> {
            if (tries.incrementAndGet() == 1) {
                throw FailureException.of(FailureCode.SESSION_ENDED, "gone");
            }
            return new Answered<>(grant(ScriptedServers.body(LockingMethods.ACQUIRE, call)), 0);
        });
        assertThat(acquire(Duration.ZERO).token().getSession()).isEqualTo(sessions.get());
        assertThat(sessions.get()).isEqualTo(502);
    }

    @Test
    void aReleaseIsNotOvertakenByTheNextAcquireOfThisProcess() {
        CountDownLatch answer = new CountDownLatch(1);
        cell.servers().onCall(LockingMethods.RELEASE, call -> {
            awaitQuietly(answer);
            return new Answered<>(Nothing.getDefaultInstance(), 0);
        });
        acquire(Duration.ZERO).release();
        CompletableFuture<HeldLock> next =
                CompletableFuture.supplyAsync(() -> acquire(Duration.ofSeconds(10)));
        await().until(() -> !cell.servers().seen(LockingMethods.RELEASE).isEmpty());
        assertThat(next).isNotDone();
        assertThat(cell.servers().seen(LockingMethods.ACQUIRE)).hasSize(1);
        answer.countDown();
        assertThat(next.join().token().getNumber()).isEqualTo(2);
    }

    @Test
    void twoThreadsOfOneProcessExcludeEachOther() {
        HeldLock first = acquire(Duration.ZERO);
        assertThatThrownBy(() -> acquire(Duration.ZERO))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.LOCK_HELD));
        first.release();
        acquire(Duration.ZERO).release();
    }

    @Test
    void aGivenUpWaitIsCancelledAtTheServer() {
        cell.servers().onCall(LockingMethods.ACQUIRE, call -> {
            cell.clocks().pass(Duration.ofMillis(600));
            throw heldBy("bob");
        });
        assertThatThrownBy(() -> acquire(Duration.ofSeconds(1)))
                .hasMessageContaining("locked by bob");
        await().until(() -> !cell.servers().seen(LockingMethods.CANCEL_ACQUIRE).isEmpty());
    }

    @Test
    void whoIsInterruptedWhileAskingIsToldThatItWasCancelled() {
        cell.servers().onCall(LockingMethods.ACQUIRE, call -> {
            Thread.currentThread().interrupt();
            throw ScriptedServers.lost();
        });
        assertThatThrownBy(() -> acquire(Duration.ofSeconds(1)))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.CANCELLED));
        assertThat(Thread.interrupted()).isTrue();
        await().until(() -> !cell.servers().seen(LockingMethods.CANCEL_ACQUIRE).isEmpty());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
