package holdfast.server.files;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Ticker;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.volume.VolumeReader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads needed chunks one after the other and compares their hashes (rule 7), for a bounded part of
 * the time. What is damaged is set aside by the store; what is lost is said in the log.
 */
final class Scrubber {
    private static final Logger LOG = LoggerFactory.getLogger(Scrubber.class);
    private static final int PAGE = 256;
    private static final int TOLD_MAX = 10_000;

    private final VolumeReader reader;
    private final ChunkStore chunks;
    private final Ticker ticker;
    private final Set<ByteString> told = new HashSet<>();
    private ByteString last = ByteString.EMPTY;
    private final AtomicLong checked = new AtomicLong();
    private final AtomicLong damaged = new AtomicLong();

    Scrubber(VolumeReader reader, ChunkStore chunks, Ticker ticker) {
        this.reader = reader;
        this.chunks = chunks;
        this.ticker = ticker;
    }

    /** How many chunks were read. */
    long checked() {
        return checked.get();
    }

    /** How many of them were damaged or missing. */
    long damaged() {
        return damaged.get();
    }

    /** Goes on where it stopped, for about {@code nanos}; ends at the last chunk, too. */
    void scrub(long nanos) {
        long end = ticker.nanos() + nanos;
        while (ticker.nanos() - end < 0) {
            List<ByteString> page = reader.chunksNamed(last, PAGE);
            for (ByteString hash : page) {
                verify(hash);
                last = hash;
                if (ticker.nanos() - end >= 0) {
                    return;
                }
            }
            if (page.size() < PAGE) {
                last = ByteString.EMPTY;
                return;
            }
        }
    }

    /** Once, however often it is found. */
    private void tell(ByteString hash, FailureException e) {
        if (told.size() < TOLD_MAX && told.add(hash)) {
            LOG.error("the scrubber found: {}", e.getMessage());
        }
    }

    private void verify(ByteString hash) {
        try {
            chunks.verify(ChunkHash.of(hash.toByteArray()));
            told.remove(hash);
        } catch (FailureException e) {
            boolean gone = e.code() == FailureCode.LACKS_CHUNKS && !reader.chunkNamed(hash);
            if (!gone) {
                damaged.incrementAndGet();
                tell(hash, e);
            }
        }
        checked.incrementAndGet();
    }
}
