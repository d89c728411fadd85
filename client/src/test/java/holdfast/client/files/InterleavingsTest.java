package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;

import holdfast.client.fake.FakeCell.Call;
import holdfast.client.files.Cell.PutOptions;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.LackingChunks;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.files.FileMethods;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.PushChunks;
import holdfast.wire.transport.Method;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** What goes wrong between a client and its servers, forced: rules 1d, 4, 5, 7, 8, 9 and 10. */
class InterleavingsTest extends FakeCellTest {
    private Cell one = NoCell.INSTANCE;
    private Cell two = NoCell.INSTANCE;

    @BeforeEach
    void connectBoth() throws CellException {
        one = connect();
        two = connect();
    }

    /** Fails the first {@code times} calls of {@code method}, before or after they are done. */
    private void fail(Method<?, ?> method, int times, boolean done, FailureException with) {
        AtomicInteger left = new AtomicInteger(times);
        fake.intercept((call, serve) -> {
            boolean hit = call.method().kind() == method.kind() && left.getAndDecrement() > 0;
            boolean served = done || !hit;
            Message answer = served ? serve.get() : Nothing.getDefaultInstance();
            if (hit) {
                throw with;
            }
            return answer;
        });
    }

    private List<Call> calls(Method<?, ?> method) {
        return fake.calls().stream()
                .filter(call -> call.method().kind() == method.kind())
                .toList();
    }

    private static void failsWith(FailureCode code, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        CellException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static FailureException failure(FailureCode code) {
        return FailureException.of(code, "forced");
    }

    private static void append(OpenFile file, String text) throws IOException {
        file.channel().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    // ---- rules 1d and 5 ------------------------------------------------------------------------

    @Test
    void anUnknownOutcomeDropsWhatTheChangeTouched() throws CellException {
        failsWith(FailureCode.NOT_FOUND, () -> one.stat(path("/f")));
        fail(FileMethods.CREATE, 1_000, true, failure(FailureCode.INDETERMINATE));
        failsWith(FailureCode.INDETERMINATE, () -> one.mkdir(path("/f"), 0755));
        assertThat(one.stat(path("/f")).isDirectory()).isTrue();
    }

    @Test
    void aNameThatAnOwnChangeUnderWayTakesAwayIsNotUsedUnasked() throws CellException {
        write(one, "/f", "old");
        long old = one.stat(path("/f")).file().value();
        List<Long> seen = new ArrayList<>();
        fake.intercept((call, serve) -> {
            Message answer = serve.get();
            if (call.method().kind() == FileMethods.REMOVE.kind()) {
                // Done, but not answered yet; others build on it already.
                seen.add(whatIsThereAfterAnotherMadeItAgain());
            }
            return answer;
        });
        one.remove(path("/f"));
        assertThat(seen).hasSize(1).doesNotContain(old);
    }

    private long whatIsThereAfterAnotherMadeItAgain() {
        try {
            write(two, "/f", "new");
            return one.stat(path("/f")).file().value();
        } catch (CellException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aNameThatAnOwnChangeTookAwayIsGoneWhicheverFileItLedTo() throws Exception {
        write(one, "/f", "old");
        write(two, "/g", "new");
        long old = one.stat(path("/f")).file().value();
        fake.group().nextBreakIsLate();
        Thread other = Thread.ofVirtual().start(() -> renameQuietly("/g", "/f"));
        fake.group().awaitLateBreak();
        assertThat(one.rename(path("/f"), path("/h"), Cell.RenameMode.REPLACE)
                        .file()
                        .value())
                .isNotEqualTo(old);
        failsWith(FailureCode.NOT_FOUND, () -> one.stat(path("/f")));
        fake.group().lateBreaksArrive();
        other.join();
    }

    private void renameQuietly(String from, String to) {
        try {
            two.rename(path(from), path(to), Cell.RenameMode.REPLACE);
        } catch (CellException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aLostAnswerIsNoSecondChange() throws CellException {
        fail(FileMethods.CREATE, 1, true, failure(FailureCode.INDETERMINATE));
        write(one, "/f", "once");
        assertThat(one.stat(path("/f")).dataVersion()).isEqualTo(1);
        assertThat(calls(FileMethods.CREATE)).hasSize(2);
    }

    @Test
    void serversThatAreAwayAreWaitedFor() throws CellException {
        fail(FileMethods.WALK, 5, false, failure(FailureCode.UNAVAILABLE));
        assertThat(one.stat(path("/")).isDirectory()).isTrue();
    }

    @Test
    void aServerThatStaysAwayIsNamed() throws CellException {
        fail(
                FileMethods.WALK,
                1_000_000,
                false,
                new FailureException(Failure.of(FailureCode.UNAVAILABLE, "connection refused")
                        .from("file server 10.0.0.1:8010")));
        failsWith(FailureCode.UNAVAILABLE, () -> one.stat(path("/x")));
        assertThatThrownBy(() -> one.stat(path("/x")))
                .hasMessage("/x: connection refused (file server 10.0.0.1:8010)");
    }

    // ---- rule 4 --------------------------------------------------------------------------------

    @Test
    void aGrantThatSaysRaiseIsTheFenceBeforeTheBaseIsRead() throws CellException {
        write(one, "/f", "x");
        fake.locks().sayRaise();
        fake.forgetCalls();
        two.open(path("/f"), OpenRequest.write()).close();
        List<String> order =
                fake.calls().stream().map(call -> call.method().name()).toList();
        assertThat(order.indexOf("raise-fence")).isGreaterThan(order.indexOf("acquire"));
        assertThat(order.lastIndexOf("walk")).isGreaterThan(order.indexOf("raise-fence"));
    }

    @Test
    void aStoreRefusedForItsEpochIsClaimedAndSentOnceMore() throws IOException {
        write(one, "/f", "x");
        try (OpenFile file = one.open(path("/f"), OpenRequest.write().appending())) {
            append(file, "y");
            fake.locks().newEpoch();
            fake.group().raiseEpoch(fake.locks().epoch());
        }
        assertThat(read(two, "/f")).isEqualTo("xy");
        assertThat(calls(LockingMethods.CLAIM)).hasSize(1);
        assertThat(calls(FileMethods.STORE)).hasSize(2);
    }

    @Test
    void aWriterWhoseSessionEndedIsRefusedAndItsWorkKept() throws IOException {
        write(one, "/f", "old");
        OpenFile stopped = one.open(path("/f"), OpenRequest.write().appending());
        append(stopped, " and lost");
        fake.locks().endSessions();
        fake.locks().sayRaise();
        write(two, "/f", "new");
        assertThatThrownBy(stopped::close).isInstanceOf(CellException.class);
        assertThat(read(one, "/f")).isEqualTo("new");
        assertThat(one.recovery().list()).singleElement().satisfies(kept -> {
            assertThat(kept.path()).isEqualTo(path("/f"));
            assertThat(kept.state()).isEqualTo(Cell.Recovery.Kept.State.CONFLICT);
        });
    }

    @Test
    void aPathThatLeadsElsewhereAfterTheGrantIsOpenedThere() throws IOException {
        write(one, "/f", "first");
        OpenFile held = one.open(path("/f"), OpenRequest.write());
        java.util.concurrent.CompletableFuture<Void> waits =
                new java.util.concurrent.CompletableFuture<>();
        java.util.concurrent.CompletableFuture<OpenFile> waiting =
                java.util.concurrent.CompletableFuture.supplyAsync(() -> {
                    try {
                        return two.open(
                                path("/f"),
                                OpenRequest.write()
                                        .appending()
                                        .tellingWhenWaiting(h -> waits.complete(null)));
                    } catch (CellException e) {
                        throw new java.util.concurrent.CompletionException(e);
                    }
                });
        waits.join();
        write(one, "/tmp", "second");
        one.rename(path("/tmp"), path("/f"), Cell.RenameMode.REPLACE);
        held.close();
        try (OpenFile file = waiting.join()) {
            append(file, "+");
        }
        assertThat(read(one, "/f")).isEqualTo("second+");
    }

    @Test
    void aFileThatAnotherWritesBeforeItsMakerHasTheLockIsOpenedAsThatLeftIt() throws IOException {
        AtomicBoolean meanwhile = new AtomicBoolean();
        CountDownLatch written = new CountDownLatch(1);
        fake.intercept((call, serve) -> {
            boolean first = call.method().kind() == LockingMethods.ACQUIRE.kind()
                    && meanwhile.compareAndSet(false, true);
            if (first) {
                awaitQuietly(written);
            }
            Message answer = serve.get();
            if (call.method().kind() == FileMethods.CREATE.kind()) {
                Thread.ofVirtual().start(() -> {
                    appendQuietly(two, "theirs");
                    written.countDown();
                });
            }
            return answer;
        });
        try (OpenFile file = one.open(path("/f"), OpenRequest.create().appending())) {
            append(file, "+mine");
        }
        assertThat(read(two, "/f")).isEqualTo("theirs+mine");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void appendQuietly(Cell cell, String text) {
        try (OpenFile file = cell.open(path("/f"), OpenRequest.write().appending())) {
            append(file, text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aStoreToARemovedFileIsRefusedAndKept() throws IOException {
        write(one, "/f", "x");
        OpenFile file = one.open(path("/f"), OpenRequest.write().appending());
        append(file, "y");
        two.remove(path("/f"));
        assertThatThrownBy(file::close)
                .isInstanceOf(CellException.class)
                .hasMessageContaining("holdfast recover");
        assertThat(one.recovery().list()).hasSize(1);
    }

    // ---- rules 7, 8 and 9 ----------------------------------------------------------------------

    @Test
    void anOpenStartsOverWhenItsVersionIsGone() throws IOException {
        byte[] old = noise(200_000, 1);
        byte[] fresh = noise(200_000, 2);
        one.write(path("/f"), old, PutOptions.standard());
        AtomicInteger fetches = new AtomicInteger();
        fake.intercept((call, serve) -> {
            if (call.method().kind() == FileMethods.FETCH.kind()
                    && fetches.getAndIncrement() == 0) {
                storeQuietly(fresh);
                throw failure(FailureCode.STALE);
            }
            return serve.get();
        });
        assertThat(two.read(path("/f"), 1 << 20)).isEqualTo(fresh);
    }

    private void storeQuietly(byte[] contents) {
        try {
            one.write(path("/f"), contents, PutOptions.standard());
        } catch (CellException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] noise(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void chunksThatTheServerLacksAreSent() throws IOException {
        byte[] contents = noise(6_000_000, 3);
        one.write(path("/f"), contents, PutOptions.standard());
        PushChunks first =
                (PushChunks) calls(FileMethods.PUSH_CHUNKS).getFirst().request();
        ChunkHash lacking = ChunkHash.of(first.getChunks(0).getHash().toByteArray());
        contents[5_999_999]++;
        fake.forgetCalls();
        fail(
                FileMethods.STORE,
                1,
                false,
                Failure.of(FailureCode.LACKS_CHUNKS, "forced")
                        .with(new LackingChunks(List.of(lacking)))
                        .exception());
        one.write(path("/f"), contents, PutOptions.standard());
        PushChunks last = (PushChunks) calls(FileMethods.PUSH_CHUNKS).getLast().request();
        assertThat(last.getChunksList().stream().map(Piece::getHash))
                .containsExactly(first.getChunks(0).getHash());
        assertThat(two.read(path("/f"), 1 << 23)).isEqualTo(contents);
    }

    @Test
    void aServerThatIsDownAtTheCloseLosesNothing() throws IOException {
        write(one, "/f", "old");
        OpenFile file = one.open(path("/f"), OpenRequest.write().truncating());
        append(file, "new");
        fail(FileMethods.STORE, 1_000_000, false, failure(FailureCode.UNAVAILABLE));
        failsWith(FailureCode.UNAVAILABLE, file::close);
        assertThat(read(two, "/f")).isEqualTo("old");
        assertThat(one.recovery().list()).hasSize(1);
    }

    @Test
    void aFullServerSaysSoAtOnce() throws IOException {
        byte[] old = noise(100_000, 4);
        one.write(path("/f"), old, PutOptions.standard());
        OpenFile file = one.open(path("/f"), OpenRequest.write().truncating());
        file.channel().write(ByteBuffer.wrap(noise(10_000_000, 5)));
        fail(FileMethods.PUSH_CHUNKS, 1_000, false, failure(FailureCode.NO_SPACE));
        failsWith(FailureCode.NO_SPACE, file::close);
        assertThat(two.read(path("/f"), 1 << 20)).isEqualTo(old);
        assertThat(one.recovery().list()).hasSize(1);
    }

    @Test
    void closingTheConnectionKeepsWhatWasWritten() throws IOException {
        write(one, "/f", "old");
        Cell third = connect();
        OpenFile file = third.open(path("/f"), OpenRequest.write().appending());
        append(file, " new");
        third.close();
        assertThat(read(one, "/f")).isEqualTo("old");
        assertThatThrownBy(file::store).isInstanceOf(CellException.class);
    }

    // ---- rule 10 -------------------------------------------------------------------------------

    @Test
    void aGroupThatSaysNotMineMakesTheClientAskForTheMap() throws CellException {
        one.stat(path("/"));
        fake.forgetCalls();
        fail(FileMethods.WALK, 1, false, failure(FailureCode.NOT_MINE));
        failsWith(FailureCode.NOT_FOUND, () -> one.stat(path("/nothing")));
        assertThat(calls(DirectoryMethods.GET_MAP)).hasSize(1);
    }

    @Test
    void theLongestMountedPrefixDecides() throws CellException {
        write(one, "/home/f", "in the second volume");
        assertThat(one.stat(path("/home/f")).file().volume()).isEqualTo(2);
        assertThat(read(two, "/home/f")).isEqualTo("in the second volume");
        write(one, "/g", "x");
        failsWith(
                FailureCode.CROSS_VOLUME,
                () -> one.rename(path("/g"), path("/home/g"), Cell.RenameMode.REPLACE));
    }
}
