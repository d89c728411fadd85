package holdfast.model.lock;

/**
 * The order of grants of one lock: by epoch of the locking service, then by number (Chubby §2.4
 * calls it a sequencer).
 *
 * @param epoch of the locking service when it granted, at least 1; 0 only in {@link #NONE}
 * @param number grows with every grant of the service's epoch
 */
public record FencingToken(long epoch, long number) implements Comparable<FencingToken> {
    /** Older than every grant: the fence of a file that was never locked. */
    public static final FencingToken NONE = new FencingToken(0, 0);

    public FencingToken {
        if (epoch < 0 || number < 0) {
            throw new IllegalArgumentException("epoch " + epoch + ", number " + number);
        }
    }

    @Override
    public int compareTo(FencingToken other) {
        int byEpoch = Long.compare(epoch, other.epoch);
        return byEpoch != 0 ? byEpoch : Long.compare(number, other.number);
    }

    /** Whether this is older than {@code fence}, so that a store with it is refused. */
    public boolean olderThan(FencingToken fence) {
        return compareTo(fence) < 0;
    }

    @Override
    public String toString() {
        return epoch + "/" + number;
    }
}
