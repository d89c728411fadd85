package holdfast.verify.servers;

import holdfast.model.id.FileId;
import holdfast.model.time.BootTicker;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpTransport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A process with many lock sessions, each with many locks, over few connections: it opens them,
 * takes the locks, keeps all by heartbeats, and says what comes of it, until it is killed.
 *
 * <p>Arguments: the locking server's address, how many sessions, locks of each, seconds to hold.
 */
final class LockLoad {
    private static final int CALLERS = 16;
    private static final Duration BEAT_EVERY = Duration.ofSeconds(2);
    private static final int MEASURED = 1_000;
    private static final long FILES = FileId.rootOf(1).value() + 1;

    private final LoadSession.Way way;
    private final Queue<LoadSession> sessions = new ConcurrentLinkedQueue<>();
    private final AtomicLong lost = new AtomicLong();

    private LockLoad(Address server) {
        this.way = new LoadSession.Way(
                new TcpTransport(TcpTransport.Settings.DEFAULT, BootTicker.system()), server);
    }

    public static void main(String[] words) throws Exception {
        int count = Integer.parseInt(words[1]);
        int locks = Integer.parseInt(words[2]);
        LockLoad load = new LockLoad(Address.parse(words[0]));
        Thread beats = Thread.ofPlatform().start(load::beatForEver);
        timed("opened " + count + " sessions", () -> load.open(count));
        timed("granted " + count * locks + " locks", () -> load.acquire(locks));
        Thread.sleep(Duration.ofSeconds(Long.parseLong(words[3])));
        load.measure(FILES + (long) count * locks);
        load.report();
        beats.join();
    }

    private static void timed(String what, Runnable work) {
        long start = System.nanoTime();
        work.run();
        System.out.printf("%s in %.1f s%n", what, (System.nanoTime() - start) / 1e9);
    }

    private void open(int count) {
        List<Integer> numbers = IntStream.range(0, count).boxed().toList();
        forEach(numbers, number -> sessions.add(LoadSession.open(way)));
    }

    /** Each session takes its own, one after the other. */
    private void acquire(int locks) {
        List<LoadSession> all = List.copyOf(sessions);
        forEach(IntStream.range(0, all.size()).boxed().toList(), number -> {
            for (int i = 0; i < locks; i++) {
                var unused = all.get(number).acquire(FILES + (long) number * locks + i);
            }
        });
    }

    private void beatForEver() {
        while (true) {
            long start = System.nanoTime();
            forEach(List.copyOf(sessions), session -> lost.addAndGet(session.beat()));
            try {
                Thread.sleep(BEAT_EVERY.minusNanos(
                        Math.min(System.nanoTime() - start, BEAT_EVERY.toNanos())));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** What a lock costs beside all the others, there and back. */
    private void measure(long file) {
        LoadSession one = sessions.element();
        long[] nanos = new long[MEASURED];
        for (int i = 0; i < MEASURED; i++) {
            long start = System.nanoTime();
            Token token = one.acquire(file + i);
            nanos[i] = System.nanoTime() - start;
            one.release(token);
        }
        Arrays.sort(nanos);
        System.out.printf(
                "a grant beside them: median %d us, 99 of 100 within %d us%n",
                nanos[MEASURED / 2] / 1_000, nanos[MEASURED * 99 / 100] / 1_000);
    }

    private void report() {
        long silent =
                sessions.stream().mapToLong(LoadSession::silentNanosMax).max().orElseThrow();
        System.out.printf(
                "lost %d; at most %.1f s between two heartbeats%n", lost.get(), silent / 1e9);
    }

    private static <T> void forEach(List<T> items, Consumer<T> work) {
        try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<?>> all = new ArrayList<>();
            items.forEach(item -> all.add(callers.submit(() -> work.accept(item))));
            for (Future<?> each : all) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
