package holdfast.client.cache;

import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings the missing pieces of one file. Ranges of some 32 MiB are fetched by a few threads at
 * once, each of which receives, hashes and writes: so receiving and hashing overlap without handing
 * bytes over. A range that came damaged is fetched again.
 */
final class Fill {
    private static final long RANGE_BYTES_MIN = 4L << 20;
    private static final long RANGE_BYTES_MAX = 32L << 20;
    private static final int RANGE_PIECES_MAX = 1_024;
    private static final int ATTEMPTS_MAX = 3;

    private final PieceMap map;
    private final long[] starts;
    private final Filler filler;
    private final FileChannel channel;
    private final Deadline deadline;
    private final ReentrantLock presentLock = new ReentrantLock(); // of map.present
    private final AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();

    private Fill(PieceMap map, Filler filler, FileChannel channel, Deadline deadline) {
        this.map = map;
        this.filler = filler;
        this.channel = channel;
        this.deadline = deadline;
        this.starts = starts(map.manifest());
    }

    /** Pieces {@code first} to {@code end - 1}. */
    private record Range(int first, int end) {}

    private static long[] starts(Manifest manifest) {
        long[] starts = new long[manifest.pieces().size() + 1];
        for (int i = 0; i < starts.length - 1; i++) {
            starts[i + 1] = starts[i] + manifest.pieces().get(i).length();
        }
        return starts;
    }

    /**
     * Writes the pieces that {@code map} lacks into {@code file}, whose size is right already;
     * notes in {@code map} what it brought, also when it fails.
     */
    static void run(PieceMap map, Path file, Filler filler, int fetchesMax, Deadline deadline)
            throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            new Fill(map, filler, channel, deadline).run(fetchesMax);
        }
    }

    private void run(int fetchesMax) throws IOException {
        List<Range> ranges = missing(fetchesMax);
        if (ranges.isEmpty()) {
            return;
        }
        AtomicInteger next = new AtomicInteger();
        List<Thread> others = new ArrayList<>();
        for (int i = 1; i < Math.min(fetchesMax, ranges.size()); i++) {
            others.add(Thread.ofVirtual().name("holdfast-fill").start(() -> fetch(ranges, next)));
        }
        fetch(ranges, next);
        join(others);
        Throwable failure = failed.get();
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IOException(failure);
        }
    }

    private List<Range> missing(int fetchesMax) {
        List<Range> ranges = new ArrayList<>();
        long share = map.manifest().storedBytes() / (2L * fetchesMax);
        long rangeBytes = Math.clamp(share, RANGE_BYTES_MIN, RANGE_BYTES_MAX);
        int count = map.manifest().pieces().size();
        int at = map.missingFrom(0);
        while (at < count) {
            int end = at;
            long bytes = 0;
            while (end < count
                    && !map.present().get(end)
                    && end - at < RANGE_PIECES_MAX
                    && (bytes == 0 || bytes < rangeBytes)) {
                bytes += map.manifest().pieces().get(end).storedBytes();
                end++;
            }
            ranges.add(new Range(at, end));
            at = map.missingFrom(end);
        }
        return ranges;
    }

    private void join(List<Thread> others) {
        boolean interrupted = false;
        for (Thread other : others) {
            while (other.isAlive()) {
                try {
                    other.join(); // ends by the deadline, as the filler must
                } catch (InterruptedException e) {
                    interrupted = true;
                    failed.compareAndSet(
                            null, FailureException.of(FailureCode.CANCELLED, "interrupted"));
                    others.forEach(Thread::interrupt);
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @SuppressWarnings("CatchingUnchecked") // all is rethrown in run
    private void fetch(List<Range> ranges, AtomicInteger next) {
        try {
            for (int i = next.getAndIncrement();
                    i < ranges.size() && failed.get() == null;
                    i = next.getAndIncrement()) {
                fetch(ranges.get(i));
            }
        } catch (IOException | RuntimeException | Error e) {
            failed.compareAndSet(null, e);
        }
    }

    private void fetch(Range range) throws IOException {
        int first = range.first;
        for (int attempt = 1; ; attempt++) {
            deadline.check("fetching");
            List<Piece> pieces = map.manifest().pieces().subList(first, range.end);
            PieceSink sink = new PieceSink(pieces, starts[first], channel);
            try {
                filler.fetch(first, range.end - first, sink, deadline);
            } catch (RuntimeException e) {
                note(first, sink.done());
                sink.rethrowLocal();
                first += sink.done();
                if (!sink.damaged() || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
                continue;
            }
            note(first, sink.done());
            if (sink.done() < pieces.size()) {
                throw FailureException.of(
                        FailureCode.DAMAGED, "fewer bytes came than the manifest names");
            }
            return;
        }
    }

    private void note(int first, int count) {
        presentLock.lock();
        try {
            map.present().set(first, first + count);
        } finally {
            presentLock.unlock();
        }
    }
}
