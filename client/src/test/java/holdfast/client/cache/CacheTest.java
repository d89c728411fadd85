package holdfast.client.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Inline;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class CacheTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    private Cache cache;

    @BeforeEach
    void open() {
        cache = Fixture.open(folder);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    private void reopen() {
        cache.close();
        cache = Fixture.open(folder);
    }

    private static Optional<CachedFile> find(Cache cache, byte[] bytes) {
        return cache.find(Fixture.cut(bytes).id(), bytes.length);
    }

    private boolean has(byte[] bytes) {
        Optional<CachedFile> found = find(cache, bytes);
        found.ifPresent(file -> {
            assertThat(Fixture.read(file)).isEqualTo(bytes);
            file.close();
        });
        return found.isPresent();
    }

    private Path object(byte[] bytes) {
        return new Folder(cache.folder()).object(Fixture.cut(bytes).id());
    }

    private static void overwrite(Path file, long position, byte[] bytes) {
        Fixture.unchecked(() -> {
            assertThat(file.toFile().setWritable(true)).isTrue();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                return channel.write(ByteBuffer.wrap(bytes), position);
            }
        });
    }

    @Test
    void contentsAreFetchedOnceAndSurviveARestart() {
        byte[] bytes = Fixture.random(1, 9 * MIB + 3);
        Fixture.Server server = new Fixture.Server(bytes);
        try (CachedFile file =
                cache.open(server.contents(), Fixture.ORIGIN, server, Fixture.soon())) {
            assertThat(file.fromCache()).isFalse();
            assertThat(Fixture.read(file)).isEqualTo(bytes);
        }
        reopen();
        try (CachedFile file =
                cache.open(server.contents(), Fixture.ORIGIN, server, Fixture.soon())) {
            assertThat(file.fromCache()).isTrue();
            assertThat(Fixture.read(file)).isEqualTo(bytes);
            assertThat(file.manifest()).contains((holdfast.model.chunk.Manifest) server.contents());
        }
        assertThat(server.fetchedBytes).hasValue(bytes.length);
        assertThat(cache.usage().hits()).isEqualTo(1);
        assertThat(cache.usage().misses()).isZero();
    }

    @Test
    void holesAreNeitherFetchedNorWritten() throws IOException {
        byte[] bytes = new byte[40 * MIB];
        System.arraycopy(Fixture.random(2, MIB), 0, bytes, 20 * MIB, MIB);
        Fixture.Server server = new Fixture.Server(bytes);
        try (CachedFile file =
                cache.open(server.contents(), Fixture.ORIGIN, server, Fixture.soon())) {
            assertThat(Fixture.read(file)).isEqualTo(bytes);
            assertThat(FileFacts.of(file.path()).orElseThrow().allocated()).isLessThan(2L * MIB);
        }
        assertThat(server.fetchedBytes.get()).isLessThan(2L * MIB);
    }

    @Test
    void twoReadersOfOneFileHaveTheirOwnPositions() throws IOException {
        byte[] bytes = {1, 2, 3, 4};
        try (CachedFile one = Fixture.open(cache, bytes);
                CachedFile two = Fixture.open(cache, bytes)) {
            ByteBuffer bytesRead = ByteBuffer.allocate(2);
            assertThat(one.channel().read(bytesRead)).isEqualTo(2);
            assertThat(two.channel().position()).isZero();
            assertThat(one.channel().position()).isEqualTo(2);
            assertThat(two.channel().position(3).read(bytesRead.clear())).isEqualTo(1);
            assertThat(two.channel().read(bytesRead)).isEqualTo(-1);
            assertThat(bytesRead.get(0)).isEqualTo((byte) 4);
        }
    }

    @Test
    void aReaderThatIsInterruptedDisturbsNoOther() throws IOException {
        byte[] bytes = Fixture.random(3, 1000);
        try (CachedFile one = Fixture.open(cache, bytes);
                CachedFile two = Fixture.open(cache, bytes)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> one.channel().read(ByteBuffer.allocate(10)))
                    .isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(one.channel().isOpen()).isFalse();
            ByteBuffer all = ByteBuffer.allocate(1000);
            assertThat(two.channel().read(all)).isEqualTo(1000);
            assertThat(all.array()).isEqualTo(bytes);
        }
    }

    @Test
    void openersOfTheSameContentsShareOneFetch() throws Exception {
        byte[] bytes = Fixture.random(4, 3 * MIB);
        Fixture.Server server = new Fixture.Server(bytes);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Filler slow = (first, count, into, deadline) -> {
            begun.countDown();
            awaitQuietly(go);
            server.fetch(first, count, into, deadline);
        };
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<CachedFile> one = pool.submit(
                    () -> cache.open(server.contents(), Fixture.ORIGIN, slow, Fixture.soon()));
            begun.await();
            List<Future<CachedFile>> others = java.util.stream.IntStream.range(0, 8)
                    .mapToObj(_ -> pool.submit(() -> cache.open(
                            server.contents(), Fixture.ORIGIN, Filler.NONE, Fixture.soon())))
                    .toList();
            go.countDown();
            for (Future<CachedFile> other : others) {
                try (CachedFile file = other.get()) {
                    assertThat(Fixture.read(file)).isEqualTo(bytes);
                }
            }
            one.get().close();
        }
        assertThat(server.fetchedBytes).hasValue(bytes.length);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whoWaitsForAFetchThatTimesOutFetchesItself() throws Exception {
        byte[] bytes = Fixture.random(5, 2 * MIB);
        Fixture.Server server = new Fixture.Server(bytes);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Filler tooSlow = (first, count, into, deadline) -> {
            begun.countDown();
            awaitQuietly(go);
            throw FailureException.of(FailureCode.TIMED_OUT, "slow");
        };
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<CachedFile> one = pool.submit(
                    () -> cache.open(server.contents(), Fixture.ORIGIN, tooSlow, Fixture.soon()));
            begun.await();
            Future<CachedFile> two = pool.submit(
                    () -> cache.open(server.contents(), Fixture.ORIGIN, server, Fixture.soon()));
            go.countDown();
            try (CachedFile file = two.get()) {
                assertThat(Fixture.read(file)).isEqualTo(bytes);
            }
            assertThatThrownBy(one::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.code()).isEqualTo(FailureCode.TIMED_OUT));
        }
    }

    @Test
    void whatAFailedFetchBroughtIsNotFetchedAgain() {
        byte[] bytes = Fixture.random(6, 30 * MIB);
        Fixture.Server server = new Fixture.Server(bytes);
        Filler failing = (first, count, into, deadline) -> {
            if (first > 0) {
                throw FailureException.of(FailureCode.UNAVAILABLE, "gone");
            }
            server.fetch(first, count, into, deadline);
        };
        assertThatThrownBy(() ->
                        cache.open(server.contents(), Fixture.ORIGIN, failing, Fixture.soon()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.UNAVAILABLE));
        long brought = server.fetchedBytes.get();
        assertThat(brought).isPositive();
        assertThat(cache.objects()).singleElement().satisfies(object -> {
            assertThat(object.whole()).isFalse();
            assertThat(object.bytes()).isBetween(brought, (long) bytes.length);
        });
        reopen();
        try (CachedFile file =
                cache.open(server.contents(), Fixture.ORIGIN, server, Fixture.soon())) {
            assertThat(Fixture.read(file)).isEqualTo(bytes);
        }
        assertThat(server.fetchedBytes).hasValue(bytes.length);
        assertThat(cache.objects())
                .singleElement()
                .satisfies(o -> assertThat(o.whole()).isTrue());
    }

    @Test
    void bytesThatCameDamagedAreFetchedAgain() {
        byte[] bytes = Fixture.random(7, 5 * MIB);
        Fixture.Server server = new Fixture.Server(bytes);
        byte[] wrong = bytes.clone();
        wrong[3 * MIB] ^= 1;
        int[] tries = {0};
        Filler flaky = (first, count, into, deadline) -> {
            if (tries[0]++ == 0) {
                server.withBytes(wrong).fetch(first, count, into, deadline);
            } else {
                server.fetch(first, count, into, deadline);
            }
        };
        try (CachedFile file =
                cache.open(server.contents(), Fixture.ORIGIN, flaky, Fixture.soon())) {
            assertThat(Fixture.read(file)).isEqualTo(bytes);
        }
        assertThat(server.fetchedBytes.get()).isLessThan(bytes.length);
    }

    @Test
    void bytesThatComeDamagedEachTimeAreAClearFailureAndNeverUsed() {
        byte[] bytes = Fixture.random(8, 2 * MIB);
        byte[] wrong = bytes.clone();
        wrong[77] ^= 1;
        Fixture.Server server = new Fixture.Server(bytes);
        Filler lying = server.withBytes(wrong);
        assertThatThrownBy(
                        () -> cache.open(server.contents(), Fixture.ORIGIN, lying, Fixture.soon()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.DAMAGED));
        assertThat(has(bytes)).isFalse();
        assertThat(cache.usage().bytes()).isLessThan(2L * MIB);
    }

    @Test
    void aFetchThatBringsTooLittleFails() {
        Fixture.Server server = new Fixture.Server(Fixture.random(9, MIB));
        assertThatThrownBy(() -> cache.open(
                        server.contents(),
                        Fixture.ORIGIN,
                        (first, count, into, deadline) -> {},
                        Fixture.soon()))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.DAMAGED));
    }

    @Test
    void anObjectThatSomebodyWroteToIsNotUsed() {
        byte[] bytes = Fixture.random(10, 2 * MIB);
        Fixture.open(cache, bytes).close();
        overwrite(object(bytes), 5, new byte[] {0, 0, 0});
        assertThat(has(bytes)).isFalse();
        assertThat(object(bytes)).doesNotExist();
        Fixture.open(cache, bytes).close();
        assertThat(has(bytes)).isTrue();
    }

    @Test
    void anObjectThatIsOpenAndWasWrittenToIsNotGivenToTheNext() {
        byte[] bytes = Fixture.random(11, 5000);
        try (CachedFile open = Fixture.open(cache, bytes)) {
            overwrite(open.path(), 5, new byte[] {0, 0, 0});
            assertThat(has(bytes)).isFalse();
        }
        assertThat(has(bytes)).isFalse();
    }

    @Test
    void anObjectThatWasTruncatedIsNotUsed() throws IOException {
        byte[] bytes = Fixture.random(12, MIB);
        Fixture.open(cache, bytes).close();
        reopen();
        overwrite(object(bytes), 0, new byte[0]);
        try (FileChannel channel = FileChannel.open(object(bytes), StandardOpenOption.WRITE)) {
            channel.truncate(1000);
        }
        assertThat(has(bytes)).isFalse();
    }

    @Test
    void anObjectWhoseTimeChangedButNotItsBytesIsUsedAfterHashing() {
        byte[] bytes = Fixture.random(13, MIB);
        Fixture.open(cache, bytes).close();
        reopen();
        overwrite(object(bytes), 5, new byte[] {bytes[5]});
        assertThat(has(bytes)).isTrue();
        assertThat(object(bytes)).exists();
    }

    @Test
    void afterAnUncleanRebootObjectsAreHashedBeforeUse() {
        byte[] good = Fixture.random(14, MIB);
        byte[] torn = Fixture.random(15, MIB);
        Fixture.open(cache, good).close();
        Fixture.open(cache, torn).close();
        cache.close();
        damageKeepingTimes(object(torn));
        cache = Fixture.open(folder);
        assertThat(find(cache, torn)).isPresent(); // nothing tells, without a reboot
        cache.close();
        reboot();
        cache = Fixture.open(folder);
        assertThat(has(good)).isTrue();
        assertThat(has(torn)).isFalse();
    }

    @Test
    void afterACleanRebootObjectsAreTrusted() throws IOException {
        byte[] bytes = Fixture.random(16, MIB);
        Fixture.open(cache, bytes).close();
        long seal = FileFacts.of(object(bytes)).orElseThrow().modified();
        cache.close();
        Files.write(new Folder(cache.folder()).clean(), new byte[0]);
        reboot();
        cache = Fixture.open(folder);
        assertThat(has(bytes)).isTrue();
        assertThat(FileFacts.of(object(bytes)).orElseThrow().modified()).isEqualTo(seal);
        Fixture.open(cache, Fixture.random(17, 100)).close();
        assertThat(new Folder(cache.folder()).clean()).doesNotExist();
    }

    private static void damageKeepingTimes(Path file) {
        Fixture.unchecked(() -> {
            FileFacts before = FileFacts.of(file).orElseThrow();
            overwrite(file, 1000, new byte[] {1, 2, 3, 4});
            FileFacts.setTimes(
                    file, before.accessed(), java.util.OptionalLong.of(before.modified()));
            return file;
        });
    }

    private void reboot() {
        Fixture.unchecked(() -> {
            Path state = new Folder(cache.folder()).state();
            List<String> lines = Files.readAllLines(state);
            return Files.write(state, List.of(lines.get(0), "another boot", lines.get(2)));
        });
    }

    @Test
    void verifyingFindsAndRemovesDamageThatNoTimeTells() {
        byte[] good = Fixture.random(18, MIB);
        byte[] bad = Fixture.random(19, 3 * MIB);
        byte[] small = Fixture.random(20, 1000);
        Fixture.open(cache, good).close();
        Fixture.open(cache, bad).close();
        Fixture.open(cache, small).close();
        damageKeepingTimes(object(bad));
        List<CachedObject> damaged = cache.verify(Fixture.soon());
        assertThat(damaged).singleElement().satisfies(object -> {
            assertThat(object.hash()).isEqualTo(Fixture.cut(bad).id().hex());
            assertThat(object.origin()).contains(Fixture.ORIGIN);
        });
        assertThat(has(bad)).isFalse();
        assertThat(has(good)).isTrue();
        assertThat(has(small)).isTrue();
        assertThat(cache.verify(Fixture.soon())).isEmpty();
    }

    @Test
    void showsWhereContentsWereSeenLast() {
        byte[] bytes = Fixture.random(21, 10_000);
        Fixture.open(cache, bytes).close();
        reopen();
        assertThat(cache.objects()).singleElement().satisfies(object -> {
            assertThat(object.origin()).contains(Fixture.ORIGIN);
            assertThat(object.bytes()).isBetween(10_000L, 16_384L);
            assertThat(object.whole()).isTrue();
        });
    }

    @Test
    void clearingRemovesWhatIsNotOpen() {
        byte[] open = Fixture.random(22, 10_000);
        byte[] closed = Fixture.random(23, 20_000);
        Fixture.open(cache, closed).close();
        try (CachedFile file = Fixture.open(cache, open)) {
            assertThat(cache.clear(Fixture.soon())).isBetween(20_000L, 24_576L);
            assertThat(has(closed)).isFalse();
            assertThat(Fixture.read(file)).isEqualTo(open);
            assertThat(has(open)).isTrue();
        }
    }

    @Test
    void whatIsOpenStaysReadableWhenTheObjectIsRemoved() throws IOException {
        byte[] bytes = Fixture.random(24, 10_000);
        try (CachedFile file = Fixture.open(cache, bytes)) {
            Files.delete(object(bytes));
            assertThat(Fixture.read(file)).isEqualTo(bytes);
        }
    }

    @Test
    void twoCachesOnOneFolderShareContents() {
        byte[] bytes = Fixture.random(25, 2 * MIB);
        try (Cache other = Fixture.open(folder)) {
            Fixture.open(cache, bytes).close();
            try (CachedFile file = find(other, bytes).orElseThrow()) {
                assertThat(Fixture.read(file)).isEqualTo(bytes);
                cache.close();
                assertThat(Fixture.read(file)).isEqualTo(bytes);
            }
        }
    }

    @Test
    void emptyContentsCanBeOpened() {
        Contents empty = Inline.of(new byte[0]);
        try (CachedFile file = cache.open(empty, Fixture.ORIGIN, Filler.NONE, Fixture.soon())) {
            assertThat(file.size()).isZero();
        }
    }

    @Test
    void aFolderOfAnotherReleaseIsRefused() throws IOException {
        cache.close();
        Files.write(new Folder(cache.folder()).state(), List.of("holdfast cache 2"));
        assertThatThrownBy(() -> Fixture.open(folder))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.MISCONFIGURED));
        Files.write(new Folder(cache.folder()).state(), List.of("holdfast cache 1"));
        Fixture.open(folder).close();
    }

    @Test
    void waitingForAnothersFetchEndsAtTheDeadline() throws Exception {
        Fixture.Server server = new Fixture.Server(Fixture.random(26, MIB));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Filler slow = (first, count, into, deadline) -> {
            begun.countDown();
            awaitQuietly(go);
            server.fetch(first, count, into, deadline);
        };
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<CachedFile> one = pool.submit(
                    () -> cache.open(server.contents(), Fixture.ORIGIN, slow, Fixture.soon()));
            begun.await();
            Deadline now = Deadline.in(Duration.ofMillis(5), Fixture.TICKER);
            assertThatThrownBy(() -> cache.open(server.contents(), Fixture.ORIGIN, slow, now))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.code()).isEqualTo(FailureCode.TIMED_OUT));
            go.countDown();
            one.get().close();
        }
    }

    @Test
    void aWarmOpenTakesNoNewLink() throws IOException {
        byte[] bytes = Fixture.random(27, 4096);
        ContentId id = Fixture.cut(bytes).id();
        Fixture.open(cache, bytes).close();
        Path first = cache.find(id, 4096).orElseThrow().path();
        Path second = cache.find(id, 4096).orElseThrow().path();
        assertThat(second).isEqualTo(first);
    }
}
