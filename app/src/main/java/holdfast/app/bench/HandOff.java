package holdfast.app.bench;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Two clients who write the same file by turns, the second always waiting for the first. */
final class HandOff implements AutoCloseable {
    private static final int CHANGE_BYTES = 100;

    private final Cell first;
    private final Cell second;
    private final CellPath path;

    HandOff(Cell first, Cell second, CellPath path) {
        this.first = first;
        this.second = second;
        this.path = path;
    }

    /** Seconds from the end of the close to the other's open, the changed contents brought. */
    Series measure(int times) throws IOException, InterruptedException {
        double[] seconds = new double[times];
        for (int i = -2; i < times; i++) {
            double one = once();
            if (i >= 0) {
                seconds[i] = one;
            }
        }
        return new Series(seconds);
    }

    private double once() throws IOException, InterruptedException {
        CountDownLatch waiting = new CountDownLatch(1);
        FutureTask<Long> opened = new FutureTask<>(() -> {
            OpenRequest request =
                    OpenRequest.write().tellingWhenWaiting(holder -> waiting.countDown());
            try (OpenFile file = second.open(path, request)) {
                long now = System.nanoTime();
                file.discard();
                return now;
            }
        });
        try (OpenFile file = first.open(path, OpenRequest.create())) {
            file.channel().write(ByteBuffer.allocate(CHANGE_BYTES), 0);
            Thread.ofVirtual().start(opened);
            waiting.await();
        }
        long closed = System.nanoTime();
        try {
            return (opened.get() - closed) / 1e9;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CellException cell) {
                throw cell;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        second.close();
        first.close();
    }
}
