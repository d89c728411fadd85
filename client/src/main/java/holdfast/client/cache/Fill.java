package holdfast.client.cache;

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
import java.util.OptionalInt;
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
    private final Filling filling; // guards map.present
    private final ReentrantLock rangesLock = new ReentrantLock();
    private final AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();

    private Fill(
            PieceMap map, Filling filling, Filler filler, FileChannel channel, Deadline deadline) {
        this.map = map;
        this.filling = filling;
        this.filler = filler;
        this.channel = channel;
        this.deadline = deadline;
        this.starts = Filling.starts(map.manifest());
    }

    /** Pieces {@code first} to {@code end - 1}. */
    private record Range(int first, int end) {
        boolean has(int piece) {
            return first <= piece && piece < end;
        }
    }

    /**
     * Writes the pieces that {@code map} lacks into {@code file}, whose size is right already;
     * tells {@code filling}, and so {@code map}, what it brought, also when it fails.
     */
    static void run(
            PieceMap map,
            Filling filling,
            Path file,
            Filler filler,
            int fetchesMax,
            Deadline deadline)
            throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            new Fill(map, filling, filler, channel, deadline).run(fetchesMax);
        }
    }

    private void run(int fetchesMax) throws IOException {
        List<Range> ranges = missing(fetchesMax);
        if (ranges.isEmpty()) {
            return;
        }
        int threads = Math.min(fetchesMax, ranges.size());
        List<Thread> others = new ArrayList<>();
        for (int i = 1; i < threads; i++) {
            others.add(Thread.ofVirtual().name("holdfast-fill").start(() -> fetchAll(ranges)));
        }
        fetchAll(ranges);
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
    private void fetchAll(List<Range> ranges) {
        try {
            for (Range next = take(ranges);
                    next != null && failed.get() == null;
                    next = take(ranges)) {
                fetch(next);
            }
        } catch (IOException | RuntimeException | Error e) {
            failed.compareAndSet(null, e);
        }
    }

    /** The range that a reader waits for, else the next. */
    private @Nullable Range take(List<Range> ranges) {
        rangesLock.lock();
        try {
            if (ranges.isEmpty()) {
                return null;
            }
            int at = 0;
            OptionalInt wanted = filling.wanted();
            for (int i = 0; wanted.isPresent() && i < ranges.size(); i++) {
                if (ranges.get(i).has(wanted.getAsInt())) {
                    at = i;
                }
            }
            return ranges.remove(at);
        } finally {
            rangesLock.unlock();
        }
    }

    private void fetch(Range range) throws IOException {
        int first = range.first;
        for (int attempt = 1; ; attempt++) {
            deadline.check("fetching");
            List<Piece> pieces = map.manifest().pieces().subList(first, range.end);
            int from = first;
            PieceSink sink = new PieceSink(
                    pieces, starts[first], channel, done -> filling.came(map, from, done));
            try {
                filler.fetch(first, range.end - first, sink, deadline);
            } catch (RuntimeException e) {
                filling.came(map, first, sink.done());
                sink.rethrowLocal();
                first += sink.done();
                if (!sink.damaged() || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
                continue;
            }
            filling.came(map, first, sink.done());
            if (sink.done() < pieces.size()) {
                throw FailureException.of(
                        FailureCode.DAMAGED, "fewer bytes came than the manifest names");
            }
            return;
        }
    }
}
