package holdfast.app.bench;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** Several threads that each do the same number of things. */
final class Writers {
    private final int count;
    private final int each;

    Writers(int count, int each) {
        this.count = count;
        this.each = each;
    }

    /** One thing: the {@code number}th of a writer, below {@code each}. */
    interface Thing {
        void does(int writer, int number) throws IOException;
    }

    int count() {
        return count;
    }

    int each() {
        return each;
    }

    /** All of it; things a second from the common start to the last end. */
    double perSecond(Thing thing) throws IOException, InterruptedException {
        CountDownLatch start = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            var ends = IntStream.range(0, count)
                    .mapToObj(writer -> threads.submit(() -> {
                        start.await();
                        for (int number = 0; number < each; number++) {
                            thing.does(writer, number);
                        }
                        return writer;
                    }))
                    .toList();
            long begin = System.nanoTime();
            start.countDown();
            for (Future<Integer> end : ends) {
                end.get();
            }
            return count * (double) each / Pair.seconds(begin);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
