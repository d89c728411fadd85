package holdfast.app.cell;

import holdfast.model.time.Ticker;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The member that is about to be let go, which does not count as a keeper of what is stored from
 * then on. When it did not come to that it counts again after a while, but not while the change of
 * members may still be carried out. Safe for many threads.
 */
final class Leaving {
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(2);

    private record Attempt(String who, long sinceNanos) {}

    private final BooleanSupplier changing;
    private final Ticker ticker;
    private volatile Optional<Attempt> attempt = Optional.empty();

    /** @param changing whether a change of members is under way */
    Leaving(BooleanSupplier changing, Ticker ticker) {
        this.changing = changing;
        this.ticker = ticker;
    }

    /** The member {@code who} is to go; whoever was to go before is not. */
    void begin(String who) {
        attempt = Optional.of(new Attempt(who, ticker.nanos()));
    }

    /** It stays. */
    void end() {
        attempt = Optional.empty();
    }

    /** Whether {@code member} is about to go. */
    boolean is(String member) {
        Optional<Attempt> now = attempt;
        return now.isPresent()
                && now.get().who.equals(member)
                && (ticker.nanos() - now.get().sinceNanos < FORGOTTEN_AFTER.toNanos()
                        || changing.getAsBoolean());
    }
}
