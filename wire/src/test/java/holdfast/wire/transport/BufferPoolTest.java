package holdfast.wire.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** Buffers that are used again, and not more of them than allowed. */
class BufferPoolTest {
    private final BufferPool pool = new BufferPool(1 << 20);

    @Test
    void aBufferGivenBackIsTakenAgainCleared() throws IOException {
        ByteBuffer first = pool.take(100);
        first.position(50).limit(60);
        pool.give(first);
        ByteBuffer second = pool.take(4000);
        assertThat(second).isSameAs(first);
        assertThat(second.position()).isZero();
        assertThat(second.limit()).isEqualTo(second.capacity()).isGreaterThanOrEqualTo(4000);
    }

    @Test
    void whatIsOutIsBoundedAndTheNextWaits() throws IOException {
        ByteBuffer all = pool.take(1 << 20);
        CompletableFuture<ByteBuffer> next = CompletableFuture.supplyAsync(() -> {
            try {
                return pool.take(10);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThat(next).isNotDone();
        pool.give(all);
        await().until(next::isDone);
        assertThat(next.join().capacity()).isGreaterThanOrEqualTo(10);
    }

    @Test
    void anInterruptEndsTheWait() throws IOException {
        ByteBuffer all = pool.take(1 << 20);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> pool.take(10)).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
        pool.give(all);
    }
}
