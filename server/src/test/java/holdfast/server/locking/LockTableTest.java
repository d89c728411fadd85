package holdfast.server.locking;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.model.lock.Mode;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class LockTableTest {
    private static final long FILE = FileId.of(1, 7).value();
    private static final int SEQUENCES = 1_000;

    private final LockTable table = new LockTable(5, true);
    private long request;

    @Test
    void writersAreServedInOrderAndTokensGrow() {
        Held first = granted(ask(1, Mode.EXCLUSIVE));
        Ask second = ask(2, Mode.EXCLUSIVE);
        Ask third = ask(3, Mode.EXCLUSIVE);
        assertThat(table.ask(second)).isEmpty();
        assertThat(table.ask(third)).isEmpty();
        List<Held> next = table.release(1, FILE, first.token());
        assertThat(next).extracting(Held::ask).containsExactly(second);
        assertThat(next.getFirst().token()).isGreaterThan(first.token());
    }

    @Test
    void readersDoNotStarveAWriter() {
        Held reader = granted(ask(1, Mode.SHARED));
        Ask writer = ask(2, Mode.EXCLUSIVE);
        Ask late = ask(3, Mode.SHARED);
        assertThat(table.ask(writer)).isEmpty();
        assertThat(table.ask(late)).isEmpty();
        assertThat(table.release(1, FILE, reader.token()))
                .extracting(Held::ask)
                .containsExactly(writer);
    }

    @Test
    void askingAgainGivesTheSameGrantAndKeepsThePlace() {
        Ask ask = ask(1, Mode.EXCLUSIVE);
        Held held = granted(ask);
        assertThat(table.ask(ask)).contains(held);
        Ask second = ask(2, Mode.EXCLUSIVE);
        table.ask(second);
        table.ask(ask(3, Mode.EXCLUSIVE));
        assertThat(table.ask(second)).isEmpty();
        assertThat(table.release(1, FILE, held.token()))
                .extracting(Held::ask)
                .containsExactly(second);
    }

    @Test
    void cancellingAWriterLetsTheReadersBehindItIn() {
        table.ask(ask(1, Mode.SHARED));
        Ask writer = ask(2, Mode.EXCLUSIVE);
        Ask reader = ask(3, Mode.SHARED);
        table.ask(writer);
        table.ask(reader);
        assertThat(table.cancel(writer.key())).extracting(Held::ask).containsExactly(reader);
    }

    @Test
    void aGrantSaysRaiseUntilItsSessionHasShownTheEpoch() {
        Held first = granted(ask(1, Mode.EXCLUSIVE));
        assertThat(first.raise()).isTrue();
        assertThat(table.raised(1, FILE, first.token())).isTrue();
        table.release(1, FILE, first.token());
        assertThat(granted(ask(1, Mode.EXCLUSIVE)).raise()).isFalse();
    }

    @Test
    void theEndOfAnExclusiveHoldersSessionMarksTheFileUntilAHolderReports() {
        showEpoch(1);
        showEpoch(2);
        table.ask(ask(1, Mode.EXCLUSIVE));
        Ask waiter = ask(2, Mode.SHARED);
        table.ask(waiter);
        Held after = table.end(1).getFirst();
        assertThat(after.raise()).isTrue();
        table.release(2, FILE, after.token());
        Held again = granted(ask(2, Mode.EXCLUSIVE));
        assertThat(again.raise()).isTrue();
        table.raised(2, FILE, again.token());
        table.release(2, FILE, again.token());
        assertThat(granted(ask(2, Mode.EXCLUSIVE)).raise()).isFalse();
    }

    @Test
    void aStoreThatMayStillComeMarksTheFileOfALockGivenBack() {
        showEpoch(1);
        showEpoch(2);
        Held held = granted(ask(1, Mode.EXCLUSIVE));
        table.unsettled(1, FILE, held.token());
        table.release(1, FILE, held.token());
        assertThat(granted(ask(2, Mode.EXCLUSIVE)).raise()).isTrue();
    }

    @Test
    void aLockThatItsSessionDoesNotNameLeavesAMark() {
        showEpoch(1);
        showEpoch(2);
        table.ask(ask(1, Mode.EXCLUSIVE));
        Ask waiter = ask(2, Mode.EXCLUSIVE);
        table.ask(waiter);
        List<Held> after = table.keepOnly(1, held -> false);
        assertThat(after).extracting(Held::ask).containsExactly(waiter);
        assertThat(after.getFirst().raise()).isTrue();
    }

    @Test
    void duringTheTakeoverOnlyClaimsAreGranted() {
        LockTable fresh = new LockTable(6, false);
        Ask newcomer = ask(1, Mode.EXCLUSIVE);
        assertThat(fresh.ask(newcomer)).isEmpty();
        Ask claim = new Ask(new Ask.Key(2, 0, new FencingToken(5, 9)), FILE, Mode.EXCLUSIVE, "", 0);
        Held claimed = fresh.claim(claim).orElseThrow();
        assertThat(fresh.claim(claim)).contains(claimed);
        assertThat(fresh.open()).isEmpty();
        assertThat(fresh.release(2, FILE, claimed.token()))
                .extracting(Held::ask)
                .containsExactly(newcomer);
    }

    @Test
    void aClaimAfterTheTakeoverIsRefused() {
        Ask claim = new Ask(new Ask.Key(2, 0, new FencingToken(4, 9)), FILE, Mode.SHARED, "", 0);
        assertThat(table.claim(claim)).isEmpty();
    }

    @Test
    void breakingALockTakesItFromAllAndMarksTheFile() {
        showEpoch(2);
        Held held = granted(ask(1, Mode.EXCLUSIVE));
        Ask waiter = ask(2, Mode.EXCLUSIVE);
        table.ask(waiter);
        List<Held> after = new ArrayList<>();
        assertThat(table.breakLock(FILE, after)).containsExactly(held);
        assertThat(after).extracting(Held::ask).containsExactly(waiter);
        assertThat(after.getFirst().raise()).isTrue();
        assertThat(table.raised(1, FILE, held.token())).isFalse();
    }

    @Test
    void generatedOperationsDoWhatTheModelSays() {
        for (int seed = 0; seed < SEQUENCES; seed++) {
            new LockModel(new Random(seed), seed).run(60);
        }
    }

    private void showEpoch(long session) {
        Held held = granted(ask(session, Mode.EXCLUSIVE));
        table.raised(session, FILE, held.token());
        table.release(session, FILE, held.token());
    }

    private Held granted(Ask ask) {
        return table.ask(ask).orElseThrow();
    }

    private Ask ask(long session, Mode mode) {
        return new Ask(new Ask.Key(session, ++request), FILE, mode, "/f", 0);
    }
}
