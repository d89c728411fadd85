package holdfast.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.ScriptedServers;
import holdfast.client.TestingClocks;
import holdfast.client.session.Environment.Moment;
import holdfast.wire.proto.Caller;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Rule 2: what a client makes of a lease, by its own clock. */
class LeaseTest {
    private static final Duration FULL = Duration.ofSeconds(10);

    private final TestingClocks clocks = new TestingClocks();
    private final Environment environment = new Environment(
            new ScriptedServers(),
            clocks,
            clocks,
            Thread.ofVirtual().factory(),
            Caller.getDefaultInstance());
    private final Lease lease = new Lease(environment);

    @Test
    void ninetenthsAreCountedFromBeforeTheRenewalWasSent() {
        Moment asked = environment.now();
        clocks.pass(Duration.ofSeconds(2));
        long generation = lease.granted(1, asked, FULL);
        assertThat(lease.holds(generation)).isTrue();
        clocks.pass(Duration.ofMillis(6999));
        assertThat(lease.holds(generation)).isTrue();
        clocks.pass(Duration.ofMillis(1));
        assertThat(lease.holds(generation)).isFalse();
        assertThat(lease.generation()).isZero();
    }

    @Test
    void renewalsInTimeGoOnWithTheSameGeneration() {
        long first = lease.granted(1, environment.now(), FULL);
        clocks.pass(Duration.ofSeconds(8));
        assertThat(lease.granted(1, environment.now(), FULL)).isEqualTo(first);
        clocks.pass(Duration.ofSeconds(8));
        assertThat(lease.holds(first)).isTrue();
    }

    @Test
    void aLapsedLeaseIsNeverRevived() {
        long first = lease.granted(1, environment.now(), FULL);
        Moment asked = environment.now();
        clocks.pass(Duration.ofSeconds(9));
        long second = lease.granted(
                1, new Moment(asked.nanos() + 8_000_000_000L, asked.wallMillis() + 8_000), FULL);
        assertThat(second).isNotEqualTo(first);
        assertThat(lease.holds(first)).isFalse();
        assertThat(lease.holds(second)).isTrue();
    }

    @Test
    void anAnswerThatCameTooLateIsWorthNothing() {
        Moment asked = environment.now();
        clocks.pass(Duration.ofSeconds(9));
        assertThat(lease.granted(1, asked, FULL)).isZero();
    }

    @Test
    void aJumpOfTheWallClockEndsIt() {
        long generation = lease.granted(1, environment.now(), FULL);
        clocks.jumpWall(Duration.ofSeconds(3));
        assertThat(lease.holds(generation)).isFalse();
        clocks.jumpWall(Duration.ofSeconds(-3));
        assertThat(lease.holds(generation)).isFalse();
    }

    @Test
    void aNewTermEndsItAndAnOlderOneGrantsNothing() {
        long generation = lease.granted(1, environment.now(), FULL);
        assertThat(lease.sawTerm(1)).isFalse();
        assertThat(lease.holds(generation)).isTrue();
        assertThat(lease.sawTerm(2)).isTrue();
        assertThat(lease.holds(generation)).isFalse();
        assertThat(lease.granted(1, environment.now(), FULL)).isZero();
        assertThat(lease.granted(2, environment.now(), FULL)).isGreaterThan(generation);
    }
}
