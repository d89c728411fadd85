package holdfast.client.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** A large file is read while it is still coming. */
class StreamTest {
    private static final int MIB = 1 << 20;
    private static final int FETCHES_MAX = CacheSettings.withBudget(MIB).fetchesMax();

    @TempDir
    Path folder;

    private final byte[] bytes = Fixture.random(7, 80 * MIB);
    private final Fixture.Server server = new Fixture.Server(bytes);
    private Cache cache;

    @BeforeEach
    void open() {
        cache = Fixture.open(folder);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private CachedFile stream(Filler filler) {
        return cache.stream(server.contents(), Fixture.ORIGIN, filler, Fixture.soon());
    }

    private byte[] read(CachedFile file, long offset, int length) {
        file.await(offset, length);
        return Fixture.unchecked(() -> {
            ByteBuffer into = ByteBuffer.allocate(length);
            while (into.hasRemaining()
                    && file.channel().read(into, offset + into.position()) >= 0) {
                // more
            }
            return into.array();
        });
    }

    private byte[] expected(int offset, int length) {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    private boolean isWhole() {
        Optional<CachedFile> found = cache.find(server.contents().id(), bytes.length);
        found.ifPresent(CachedFile::close);
        return found.isPresent();
    }

    @Test
    void itsBeginningIsReadBeforeItsEndHasCome() {
        CountDownLatch go = new CountDownLatch(1);
        Filler slow = (first, count, into, deadline) -> {
            if (first > 0) {
                awaitQuietly(go);
            }
            server.fetch(first, count, into, deadline);
        };
        try (CachedFile file = stream(slow)) {
            assertThat(file.fromCache()).isFalse();
            assertThat(read(file, 0, MIB)).isEqualTo(expected(0, MIB));
            assertThat(isWhole()).isFalse();
            go.countDown();
            int last = bytes.length - MIB;
            assertThat(read(file, last, MIB)).isEqualTo(expected(last, MIB));
            assertThat(read(file, 0, bytes.length)).isEqualTo(bytes);
        }
        await("the end").until(this::isWhole);
        assertThat(server.fetchedBytes).hasValue(bytes.length);
    }

    @Test
    void whatAReaderWaitsForComesNext() throws Exception {
        Semaphore go = new Semaphore(0);
        List<Integer> order = new CopyOnWriteArrayList<>();
        Filler slow = (first, count, into, deadline) -> {
            order.add(first + count);
            go.acquireUninterruptibly();
            server.fetch(first, count, into, deadline);
        };
        try (CachedFile file = stream(slow)) {
            await("the first fetches").until(() -> order.size() == FETCHES_MAX);
            int last = bytes.length - 10;
            Thread reader = Thread.ofPlatform().start(() -> file.await(last, 10));
            await("the reader").until(() -> reader.getState() == Thread.State.TIMED_WAITING);
            go.release();
            await("the next").until(() -> order.size() > FETCHES_MAX);
            go.release(1_000);
            reader.join();
            int pieces =
                    ((holdfast.model.chunk.Manifest) server.contents()).pieces().size();
            assertThat(order.get(FETCHES_MAX)).isEqualTo(pieces);
            assertThat(read(file, last, 10)).isEqualTo(expected(last, 10));
        }
    }

    @Test
    void theOthersWaitForItsEndAndFetchNothing() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Filler slow = (first, count, into, deadline) -> {
            awaitQuietly(go);
            server.fetch(first, count, into, deadline);
        };
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor();
                CachedFile one = stream(slow);
                CachedFile two = stream(Filler.NONE)) {
            Future<CachedFile> whole = pool.submit(() ->
                    cache.open(server.contents(), Fixture.ORIGIN, Filler.NONE, Fixture.soon()));
            go.countDown();
            try (CachedFile file = whole.get()) {
                assertThat(Fixture.read(file)).isEqualTo(bytes);
            }
            assertThat(read(one, 0, bytes.length)).isEqualTo(bytes);
            assertThat(read(two, 0, bytes.length)).isEqualTo(bytes);
        }
        assertThat(server.fetchedBytes).hasValue(bytes.length);
        assertThat(isWhole()).isTrue();
    }

    @Test
    void aFailureReachesWhoReadsAndTheNextGoesOnFromThere() {
        CountDownLatch begun = new CountDownLatch(1);
        Filler failing = (first, count, into, deadline) -> {
            if (first > 0) {
                awaitQuietly(begun);
                throw FailureException.of(FailureCode.STALE, "replaced");
            }
            server.fetch(first, count, into, deadline);
        };
        try (CachedFile file = stream(failing)) {
            file.await(0, 1);
            begun.countDown();
            assertThatThrownBy(() -> file.await(bytes.length - 1, 1))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.code()).isEqualTo(FailureCode.STALE));
        }
        await("its end").until(() -> cache.objects().size() == 1);
        try (CachedFile file = stream(server)) {
            assertThat(read(file, 0, bytes.length)).isEqualTo(bytes);
        }
        assertThat(server.fetchedBytes).hasValue(bytes.length);
    }

    @Test
    void whoIsInterruptedWhileHeWaitsIsToldSo() throws IOException {
        CountDownLatch go = new CountDownLatch(1);
        Filler slow = (first, count, into, deadline) -> {
            awaitQuietly(go);
            server.fetch(first, count, into, deadline);
        };
        try (CachedFile file = stream(slow)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> file.await(0, 1))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.code()).isEqualTo(FailureCode.CANCELLED));
            assertThat(Thread.interrupted()).isTrue();
            go.countDown();
            assertThat(read(file, 0, 5)).isEqualTo(expected(0, 5));
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
