package holdfast.verify.survival;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.survival.Act.Kind;
import holdfast.verify.survival.Act.Seen;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

/** What a history may not hold is found in it. */
final class VerdictTest {
    private static Act write(long begun, long ended, long version, String text) {
        return new Act(Kind.WRITE, "/f", begun, ended, Act.DONE, version, text, Optional.empty());
    }

    private static Act read(long begun, long ended, long version, String text) {
        return new Act(Kind.READ, "/f", begun, ended, Act.DONE, version, text, Optional.empty());
    }

    private static Act change(long begun, long ended, String outcome, Seen base, String text) {
        long version = outcome.equals(Act.DONE) ? base.version() + 1 : 0;
        return new Act(Kind.CHANGE, "/f", begun, ended, outcome, version, text, Optional.of(base));
    }

    @Test
    void aHistoryInOrderIsRight() {
        assertThat(Verdict.of(List.of(
                        write(0, 10, 2, "a"),
                        read(11, 12, 2, "a"),
                        change(13, 20, Act.DONE, new Seen(2, "a"), "b"),
                        read(15, 16, 2, "a"),
                        read(18, 19, 3, "b"),
                        change(21, 30, "TIMED_OUT", new Seen(3, "b"), "c"),
                        read(25, 40, 4, "c"))))
                .isEmpty();
    }

    @Test
    void whatIsWrongIsFound() {
        assertThat(Verdict.of(List.of(write(0, 10, 2, "a"), read(11, 12, 1, "-"))))
                .singleElement()
                .asString()
                .startsWith("stale");
        assertThat(Verdict.of(List.of(write(0, 10, 2, "a"), write(5, 12, 2, "b"))))
                .anyMatch(what -> what.startsWith("version 2 is both"));
        assertThat(Verdict.of(List.of(write(0, 10, 2, "a"), write(11, 12, 2, "b"))))
                .anyMatch(what -> what.startsWith("an acknowledged store was lost"));
        assertThat(Verdict.of(List.of(
                        write(0, 10, 3, "a"), change(11, 12, "FENCED", new Seen(2, "b"), "c"))))
                .anyMatch(what -> what.startsWith("a writer found an old version"));
        assertThat(Verdict.of(List.of(read(0, 10, 2, "a"), write(11, 12, 2, "a"))))
                .anyMatch(what -> what.startsWith("nobody wrote"));
    }

    @Test
    void aLineHoldsAnAct() {
        Act act = change(1, 2, Act.DONE, new Seen(3, "a"), "b");
        assertThat(Act.of(act.line())).isEqualTo(act);
        assertThat(Act.of(read(1, 2, 3, "c").line())).isEqualTo(read(1, 2, 3, "c"));
    }
}
