package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.time.Ticker;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.volume.VolumeReader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Brings the chunks that the state names and this member lacks from the others: of stores that
 * reached a majority without it, and all when it is new. Goes through all names after each start
 * and again and again, for a bounded part of the time, and at a bounded rate, so that clients are
 * served meanwhile.
 */
final class Bringing {
    private static final Logger LOG = LoggerFactory.getLogger(Bringing.class);
    private static final int PAGE = 256;
    private static final int TOGETHER_MAX = 64;
    private static final long LARGEST_EXPECTED = 1L << 20;
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final VolumeReader reader;
    private final ChunkStore chunks;
    private final LongSupplier applied;
    private final BooleanSupplier caughtUp;
    private final Ticker ticker;
    private final long bytesASecond;
    private long allowance;
    private long largest = LARGEST_EXPECTED;
    private long refilledNanos;
    private ByteString last = ByteString.EMPTY;
    private long brought;
    private long missing;
    private long begunAt;
    private long resumeNanos;
    private volatile long lacking = -1;
    private volatile long completeAt = -1;

    /**
     * @param applied the last entry in the state
     * @param caughtUp whether the state had all entries that were committed when this member
     *     started
     * @param bytesASecond the most to bring, on average
     */
    Bringing(
            VolumeReader reader,
            ChunkStore chunks,
            LongSupplier applied,
            BooleanSupplier caughtUp,
            Ticker ticker,
            long bytesASecond) {
        this.reader = reader;
        this.chunks = chunks;
        this.applied = applied;
        this.caughtUp = caughtUp;
        this.ticker = ticker;
        this.bytesASecond = bytesASecond;
        this.allowance = bytesASecond;
        this.refilledNanos = ticker.nanos();
        this.resumeNanos = ticker.nanos();
    }

    /** How many chunks the last round did not get; -1 before the first has ended. */
    long lacking() {
        return lacking;
    }

    /** Every chunk named up to this entry is here; -1 when that is not known. */
    long completeAt() {
        return completeAt;
    }

    /** Goes on for about {@code nanos}, or to the end of the round. */
    void bring(long nanos) {
        long end = ticker.nanos() + nanos;
        if (ticker.nanos() - resumeNanos < 0) {
            return;
        }
        if (last.isEmpty()) {
            begunAt = applied.getAsLong();
            missing = 0;
            brought = 0;
        }
        refill();
        while (mayGoOn(end)) {
            List<ByteString> page = reader.chunksNamed(last, PAGE);
            Iterator<ByteString> names = page.iterator();
            while (names.hasNext()) {
                if (!mayGoOn(end)) {
                    return;
                }
                obtainSome(names);
            }
            if (page.size() < PAGE) {
                ended();
                return;
            }
        }
    }

    /**
     * As many of the next ones as the rate allows for, as large as they have been; at least one.
     */
    private void obtainSome(Iterator<ByteString> names) {
        long most = Math.clamp(allowance / largest, 1, TOGETHER_MAX);
        List<ChunkHash> absent = new ArrayList<>();
        while (names.hasNext() && absent.size() < most) {
            last = names.next();
            ChunkHash hash = ChunkHash.of(last.toByteArray());
            if (!chunks.has(hash)) {
                absent.add(hash);
            }
        }
        Set<ChunkHash> lacking = Set.copyOf(chunks.obtain(absent));
        for (ChunkHash hash : absent) {
            if (!lacking.contains(hash)) {
                brought++;
                long length = lengthOf(hash);
                largest = Math.max(largest, length);
                allowance -= length;
            } else if (reader.chunkNamed(ByteString.copyFrom(hash.bytes()))) {
                missing++;
            }
        }
    }

    private boolean mayGoOn(long end) {
        return ticker.nanos() - end < 0 && allowance > 0;
    }

    /** A second's worth at most, so that a pause is not made up for. */
    private void refill() {
        long now = ticker.nanos();
        double seconds = (now - refilledNanos) / 1e9;
        allowance = Math.min(bytesASecond, allowance + (long) (bytesASecond * seconds));
        refilledNanos = now;
    }

    private long lengthOf(ChunkHash hash) {
        try (ChunkStore.OpenChunks open = chunks.open(List.of(hash))) {
            return open.length();
        }
    }

    private void ended() {
        if (brought > 0 || missing > 0) {
            LOG.info(
                    "brought {} chunks from other members; {} are still lacking", brought, missing);
        }
        lacking = missing;
        if (missing == 0 && caughtUp.getAsBoolean()) {
            completeAt = Math.max(completeAt, begunAt);
        }
        last = ByteString.EMPTY;
        resumeNanos = ticker.nanos() + PAUSE.toNanos();
    }
}
