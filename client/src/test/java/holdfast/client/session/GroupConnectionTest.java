package holdfast.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import holdfast.client.ScriptedCell;
import holdfast.client.ScriptedServers;
import holdfast.client.ScriptedServers.Callbacks;
import holdfast.client.ScriptedServers.Seen;
import holdfast.client.session.GroupConnection.Style;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Remove;
import holdfast.wire.proto.Renewal;
import holdfast.wire.transport.Transport.Answered;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Rules 2 and 5, on the client's side, against servers whose answers are written here. */
class GroupConnectionTest {
    private static final Remove REMOVE = Remove.newBuilder().setParent(17).build();

    private final ScriptedCell cell = new ScriptedCell();
    private final List<Broken> broken = new CopyOnWriteArrayList<>();
    private final AtomicInteger voided = new AtomicInteger();
    private Session session;
    private GroupConnection group;

    @BeforeEach
    void connect() {
        session =
                new Session(cell.environment("ann"), cell.directories(), List.of(), Style.LASTING);
        group = session.group("g", new PromiseKeeper() {
            @Override
            public void broken(List<Broken> items) {
                broken.addAll(items);
            }

            @Override
            public void voided() {
                voided.incrementAndGet();
            }

            @Override
            public void leaseBegan(long generation) {}
        });
    }

    @AfterEach
    void close() {
        group.close();
        session.close();
    }

    private Deadline soon() {
        return cell.environment("ann").in(Duration.ofSeconds(20));
    }

    @Test
    void aChangeWhoseAnswerWasLostIsSentAgainUnderItsNumber() {
        AtomicInteger tries = new AtomicInteger();
        cell.servers().onCall(FileMethods.REMOVE, call -> {
            if (tries.incrementAndGet() < 3) {
                throw ScriptedServers.lost();
            }
            return new Answered<>(Changed.getDefaultInstance(), 1);
        });
        group.change(FileMethods.REMOVE, REMOVE, soon());
        List<Seen> seen = cell.servers().seen(FileMethods.REMOVE);
        assertThat(seen).hasSize(3);
        assertThat(seen.stream().map(each -> each.header().getRequest())).containsOnly(1L);
        assertThat(seen.stream().map(each -> each.header().getLowestOpen())).containsOnly(1L);
    }

    @Test
    void theNextChangeSaysThatTheFirstIsKnown() {
        cell.servers().on(FileMethods.REMOVE, 1, request -> Changed.getDefaultInstance());
        group.change(FileMethods.REMOVE, REMOVE, soon());
        group.change(FileMethods.REMOVE, REMOVE, soon());
        Seen second = cell.servers().seen(FileMethods.REMOVE).getLast();
        assertThat(second.header().getRequest()).isEqualTo(2);
        assertThat(second.header().getLowestOpen()).isEqualTo(2);
    }

    @Test
    void anOutcomeStillUnknownAtTheDeadlineIsIndeterminate() {
        cell.servers().onCall(FileMethods.REMOVE, call -> {
            cell.clocks().pass(Duration.ofSeconds(6));
            throw ScriptedServers.lost();
        });
        assertThatThrownBy(() -> group.change(FileMethods.REMOVE, REMOVE, soon()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.INDETERMINATE));
    }

    @Test
    void aLostAnswerStaysUnknownWhenTheServerForgotTheClientMeanwhile() {
        AtomicInteger tries = new AtomicInteger();
        cell.servers().onCall(FileMethods.REMOVE, call -> {
            throw tries.incrementAndGet() == 1
                    ? ScriptedServers.lost()
                    : FailureException.of(FailureCode.UNKNOWN_CLIENT, "who?");
        });
        assertThatThrownBy(() -> group.change(FileMethods.REMOVE, REMOVE, soon()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.INDETERMINATE));
        assertThat(tries.get()).isEqualTo(2);
    }

    @Test
    void aForgottenClientRegistersAnewWhenNothingWasDone() {
        AtomicInteger tries = new AtomicInteger();
        cell.servers().onCall(FileMethods.REMOVE, call -> {
            if (tries.incrementAndGet() == 1) {
                throw FailureException.of(FailureCode.UNKNOWN_CLIENT, "who?");
            }
            return new Answered<>(Changed.getDefaultInstance(), 1);
        });
        group.change(FileMethods.REMOVE, REMOVE, soon());
        List<Seen> seen = cell.servers().seen(FileMethods.REMOVE);
        assertThat(seen.getLast().header().getClient())
                .isNotEqualTo(seen.getFirst().header().getClient());
        assertThat(voided.get()).isPositive();
    }

    @Test
    void aBreakIsHandledAndAcknowledgedAtOnce() throws InterruptedException {
        Callbacks callbacks = open();
        callbacks.tell(ScriptedCell.broken(1, 1, 99, 7));
        assertThat(acknowledged(callbacks).getTerm()).isEqualTo(1);
        assertThat(broken)
                .singleElement()
                .satisfies(item -> assertThat(item.getChangeNumber()).isEqualTo(7));
    }

    @Test
    void breaksNotAcknowledgedAreNamedOnTheNextChannel() throws InterruptedException {
        Callbacks first = open();
        first.tell(ScriptedCell.broken(1, 1, 99, 7));
        acknowledged(first);
        first.close();
        FromClient renewal = cell.servers().nextCallbacks().nextRenewal();
        assertThat(renewal.getHandled()).isEqualTo(1);
        assertThat(renewal.getTerm()).isEqualTo(1);
    }

    @Test
    void aRenewalThatExtendsNothingVoidsAllPromisesAndStartsAnew() throws InterruptedException {
        Callbacks first = open();
        long generation = group.lease().generation();
        first.tell(FromServer.newBuilder()
                .setRenewal(Renewal.newBuilder().setRenewal(1).setTerm(1).setLastBreak(5))
                .build());
        Callbacks second = cell.servers().nextCallbacks();
        assertThat(group.lease().holds(generation)).isFalse();
        FromClient asked = second.nextRenewal();
        assertThat(asked.getHandled()).isEqualTo(5);
        second.tell(ScriptedCell.renewed(asked, 1));
        await().until(() -> group.lease().generation() > generation);
    }

    @Test
    void aNewTermSeenInAnAnswerVoidsAll() throws InterruptedException {
        open();
        long generation = group.lease().generation();
        cell.servers().on(FileMethods.REMOVE, 2, request -> Changed.getDefaultInstance());
        int before = voided.get();
        group.change(FileMethods.REMOVE, REMOVE, soon());
        assertThat(group.lease().holds(generation)).isFalse();
        assertThat(voided.get()).isGreaterThan(before);
    }

    private static FromClient acknowledged(Callbacks callbacks) throws InterruptedException {
        FromClient next = callbacks.next();
        while (next.getHandled() == 0) {
            next = callbacks.next();
        }
        assertThat(next.getHandled()).isEqualTo(1);
        return next;
    }

    /** Registers and gets the first lease, in term 1. */
    private Callbacks open() throws InterruptedException {
        Thread ready = Thread.ofVirtual().start(() -> group.ready(soon()));
        Callbacks callbacks = cell.servers().nextCallbacks();
        callbacks.tell(ScriptedCell.renewed(callbacks.nextRenewal(), 1));
        ready.join();
        assertThat(group.lease().generation()).isPositive();
        return callbacks;
    }
}
