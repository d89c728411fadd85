package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.client.files.Cell.Changes;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.Cell.RenameMode;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What a cell's file system does, seen by two clients of the user {@code ann}. Extended for each
 * way of running a cell.
 */
abstract class FileSystemContract {
    @TempDir
    Path local;

    private final List<Cell> connected = new ArrayList<>();
    private CellPath home = CellPath.ROOT;

    /** Connects a client of {@code user}, whose cache lies in {@code cache}. */
    abstract Cell connect(String user, Path cache) throws CellException;

    /** A directory for one test: made by the subclass's choice of a path. */
    CellPath homePath() {
        return CellPath.ROOT.child(Name.of("test"));
    }

    @BeforeEach
    void begin() throws CellException {
        as("ann");
        as("ann");
        home = homePath();
        one().mkdir(home, 0755);
    }

    @AfterEach
    void end() {
        connected.forEach(Cell::close);
    }

    private Cell one() {
        return connected.getFirst();
    }

    private Cell two() {
        return connected.get(1);
    }

    private Cell as(String user) throws CellException {
        Cell cell = connect(user, local.resolve("cache-" + connected.size()));
        connected.add(cell);
        return cell;
    }

    private CellPath at(String names) {
        CellPath path = home;
        for (String name : names.split("/", -1)) {
            path = path.child(Name.of(name));
        }
        return path;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] noise(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static Stat write(Cell cell, CellPath path, byte[] contents) throws CellException {
        return cell.write(path, contents, PutOptions.standard());
    }

    private static byte[] read(Cell cell, CellPath path) throws CellException {
        return cell.read(path, Integer.MAX_VALUE);
    }

    private static String text(Cell cell, CellPath path) throws CellException {
        return new String(read(cell, path), StandardCharsets.UTF_8);
    }

    private static void writeTo(OpenFile file, String text) throws IOException {
        file.channel().write(ByteBuffer.wrap(bytes(text)));
    }

    private static List<String> names(Cell cell, CellPath directory) throws CellException {
        List<String> names = new ArrayList<>();
        cell.list(directory, entry -> names.add(entry.name().toString()));
        return names;
    }

    private static void failsWith(FailureCode code, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        CellException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    // ---- contents ------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, 65_535, 65_536, 65_537, 1_000_000, 5_000_000})
    void whatOneWritesTheOtherReads(int size) throws CellException {
        byte[] contents = noise(size, size);
        Stat stat = write(one(), at("f"), contents);
        assertThat(stat.size()).isEqualTo(size);
        assertThat(read(two(), at("f"))).isEqualTo(contents);
        assertThat(read(one(), at("f"))).isEqualTo(contents);
        assertThat(two().stat(at("f")).size()).isEqualTo(size);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 70_000, 3_000_000})
    void aStoredVersionReplacesTheOneBeforeEverywhere(int size) throws CellException {
        write(one(), at("f"), noise(100_000, 1));
        read(two(), at("f"));
        Stat second = write(one(), at("f"), noise(size, 2));
        assertThat(second.dataVersion()).isEqualTo(2);
        assertThat(read(two(), at("f"))).isEqualTo(noise(size, 2));
    }

    @Test
    void aThousandTimesWriteCloseOpenRead() throws CellException {
        for (int i = 0; i < 1000; i++) {
            write(one(), at("f"), bytes("round " + i));
            assertThat(text(i % 2 == 0 ? one() : two(), at("f"))).isEqualTo("round " + i);
        }
    }

    @Test
    void anOpenFileIsALocalFileUntilItIsClosed() throws IOException {
        try (OpenFile file = one().open(at("f"), OpenRequest.create())) {
            Files.writeString(file.path(), "written with java.nio");
        }
        assertThat(text(two(), at("f"))).isEqualTo("written with java.nio");
        try (OpenFile file = two().open(at("f"), OpenRequest.read())) {
            assertThat(Files.readString(file.path())).isEqualTo("written with java.nio");
        }
    }

    @Test
    void bothPartsAreThereAfterAnAppendByAnother() throws IOException {
        try (OpenFile file = one().open(at("f"), OpenRequest.createNew())) {
            writeTo(file, "one\n");
        }
        try (OpenFile file = two().open(at("f"), OpenRequest.write().appending())) {
            writeTo(file, "two\n");
        }
        assertThat(text(one(), at("f"))).isEqualTo("one\ntwo\n");
    }

    @Test
    void nothingIsSeenBeforeTheClose() throws IOException {
        write(one(), at("f"), bytes("old"));
        try (OpenFile file = one().open(at("f"), OpenRequest.write().truncating())) {
            writeTo(file, "new");
            assertThat(text(two(), at("f"))).isEqualTo("old");
            file.store();
            assertThat(text(two(), at("f"))).isEqualTo("new");
            writeTo(file, "er");
        }
        assertThat(text(two(), at("f"))).isEqualTo("newer");
    }

    @Test
    void truncatingAndClosingStoresAnEmptyFile() throws CellException {
        write(one(), at("f"), noise(200_000, 3));
        one().open(at("f"), OpenRequest.write().truncating()).close();
        assertThat(two().stat(at("f")).size()).isZero();
        assertThat(read(two(), at("f"))).isEmpty();
    }

    @Test
    void closingWithoutAChangeMakesNoVersion() throws CellException {
        long version = write(one(), at("f"), bytes("x")).dataVersion();
        one().open(at("f"), OpenRequest.write()).close();
        assertThat(two().stat(at("f")).dataVersion()).isEqualTo(version);
    }

    @Test
    void discardingGivesUpWhatWasWritten() throws IOException {
        write(one(), at("f"), bytes("kept"));
        OpenFile file = one().open(at("f"), OpenRequest.write());
        writeTo(file, "lost");
        file.discard();
        assertThat(text(one(), at("f"))).isEqualTo("kept");
        assertThat(one().recovery().list()).isEmpty();
    }

    @Test
    void aReaderKeepsItsVersionWhileAnotherIsStored() throws IOException {
        byte[] old = noise(300_000, 4);
        write(one(), at("f"), old);
        try (OpenFile file = two().open(at("f"), OpenRequest.read())) {
            write(one(), at("f"), noise(300_000, 5));
            assertThat(Files.readAllBytes(file.path())).isEqualTo(old);
        }
        assertThat(read(two(), at("f"))).isEqualTo(noise(300_000, 5));
    }

    @Test
    void aSmallChangeInALargeFileIsStoredWhole() throws IOException {
        byte[] contents = noise(8_000_000, 6);
        write(one(), at("f"), contents);
        try (OpenFile file = two().open(at("f"), OpenRequest.write())) {
            file.channel().write(ByteBuffer.wrap(bytes("changed")), 4_000_000);
        }
        System.arraycopy(bytes("changed"), 0, contents, 4_000_000, 7);
        assertThat(read(one(), at("f"))).isEqualTo(contents);
    }

    @Test
    void aFileMadeLongerReadsAsZeros() throws IOException {
        try (OpenFile file = one().open(at("f"), OpenRequest.create())) {
            writeTo(file, "start");
            file.channel().write(ByteBuffer.wrap(bytes("end")), 20_000_000);
        }
        byte[] expected = new byte[20_000_003];
        System.arraycopy(bytes("start"), 0, expected, 0, 5);
        System.arraycopy(bytes("end"), 0, expected, 20_000_000, 3);
        assertThat(read(two(), at("f"))).isEqualTo(expected);
        assertThat(two().stat(at("f")).storedBytes()).isLessThan(1_000_000);
    }

    @Test
    void filesGoInAndComeBack() throws IOException {
        Path from = local.resolve("from");
        byte[] contents = noise(3_000_000, 7);
        Files.write(from, contents);
        Instant then = Instant.parse("2001-02-03T04:05:06.789012345Z");
        PutOptions options = new PutOptions(
                0640, java.util.Optional.of(then), Duration.ofSeconds(5), true, bytes -> {});
        one().put(from, at("f"), options);
        failsWith(FailureCode.ALREADY_EXISTS, () -> one().put(from, at("f"), options));
        Path to = local.resolve("to");
        Stat stat = two().get(at("f"), to, new Cell.GetOptions(true, bytes -> {}));
        assertThat(Files.readAllBytes(to)).isEqualTo(contents);
        assertThat(stat.modified()).isEqualTo(then);
        assertThat(stat.mode()).isEqualTo(0640);
        assertThat(Files.getLastModifiedTime(to).toInstant()).isEqualTo(then);
    }

    // ---- locks ---------------------------------------------------------------------------------

    @Test
    void aSecondWriterIsToldWhoHoldsTheLock() throws CellException {
        write(one(), at("f"), bytes("x"));
        try (OpenFile held = one().open(at("f"), OpenRequest.write())) {
            assertThat(held.path()).exists();
            failsWith(
                    FailureCode.LOCK_HELD,
                    () -> two().open(at("f"), OpenRequest.write().notWaiting()));
            failsWith(
                    FailureCode.LOCK_HELD,
                    () -> two().open(
                                    at("f"),
                                    OpenRequest.write().waitingAtMost(Duration.ofMillis(50))));
        }
        two().open(at("f"), OpenRequest.write().waitingAtMost(Duration.ofSeconds(5)))
                .close();
    }

    @Test
    void aWaitingWriterGoesOnAfterTheClose() throws Exception {
        write(one(), at("f"), bytes("0"));
        OpenFile first = one().open(at("f"), OpenRequest.write().appending());
        java.util.concurrent.CompletableFuture<String> told =
                new java.util.concurrent.CompletableFuture<>();
        java.util.concurrent.CompletableFuture<OpenFile> second =
                java.util.concurrent.CompletableFuture.supplyAsync(() -> {
                    try {
                        return two().open(
                                        at("f"),
                                        OpenRequest.write()
                                                .appending()
                                                .tellingWhenWaiting(h -> told.complete(h.user())));
                    } catch (CellException e) {
                        throw new java.util.concurrent.CompletionException(e);
                    }
                });
        assertThat(told.get(10, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo("ann");
        writeTo(first, "1");
        first.close();
        try (OpenFile file = second.get(10, java.util.concurrent.TimeUnit.SECONDS)) {
            writeTo(file, "2");
        }
        assertThat(text(one(), at("f"))).isEqualTo("012");
    }

    @Test
    void sixAppendersLoseNoLine() throws Exception {
        write(one(), at("log"), new byte[0]);
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 6; i++) {
            Cell cell = i % 2 == 0 ? one() : two();
            threads.add(Thread.ofVirtual().start(() -> appendLines(cell, failures)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(text(two(), at("log")).lines()).hasSize(6 * 30);
    }

    private void appendLines(Cell cell, List<Throwable> failures) {
        try {
            for (int i = 0; i < 30; i++) {
                try (OpenFile file = cell.open(at("log"), OpenRequest.write().appending())) {
                    writeTo(file, "line\n");
                }
            }
        } catch (IOException | RuntimeException e) {
            failures.add(e);
        }
    }

    // ---- names ---------------------------------------------------------------------------------

    @Test
    void anAbsentNameIsNotFoundUntilItIsMade() throws CellException {
        failsWith(FailureCode.NOT_FOUND, () -> two().stat(at("f")));
        failsWith(FailureCode.NOT_FOUND, () -> two().open(at("f"), OpenRequest.read()));
        failsWith(FailureCode.NOT_FOUND, () -> two().open(at("f"), OpenRequest.write()));
        write(one(), at("f"), bytes("there"));
        assertThat(text(two(), at("f"))).isEqualTo("there");
    }

    @Test
    void makingANewFileIsDecidedForTheWholeCell() throws CellException {
        one().open(at("f"), OpenRequest.createNew()).close();
        failsWith(FailureCode.ALREADY_EXISTS, () -> two().open(at("f"), OpenRequest.createNew()));
        assertThat(two().stat(at("f")).size()).isZero();
    }

    @Test
    void directoriesAreMadeListedAndRemoved() throws CellException {
        one().mkdir(at("d"), 0750);
        assertThat(two().stat(at("d")).mode()).isEqualTo(0750);
        write(two(), at("d/b"), bytes("b"));
        write(one(), at("d/a"), bytes("a"));
        one().mkdir(at("d/c"), 0755);
        assertThat(names(one(), at("d"))).containsExactly("a", "b", "c");
        assertThat(names(two(), at("d"))).containsExactly("a", "b", "c");
        failsWith(FailureCode.NOT_EMPTY, () -> two().rmdir(at("d")));
        failsWith(FailureCode.IS_A_DIRECTORY, () -> two().remove(at("d/c")));
        failsWith(FailureCode.NOT_A_DIRECTORY, () -> two().rmdir(at("d/a")));
        two().rmdir(at("d/c"));
        two().remove(at("d/a"));
        one().remove(at("d/b"));
        assertThat(names(one(), at("d"))).isEmpty();
        one().rmdir(at("d"));
        failsWith(FailureCode.NOT_FOUND, () -> two().stat(at("d")));
    }

    @Test
    void listsFollowWhatOthersAndOneselfChange() throws CellException {
        assertThat(names(one(), home)).isEmpty();
        write(two(), at("b"), bytes("b"));
        assertThat(names(one(), home)).containsExactly("b");
        write(one(), at("a"), bytes("a"));
        assertThat(names(one(), home)).containsExactly("a", "b");
        assertThat(names(two(), home)).containsExactly("a", "b");
        two().rename(at("b"), at("c"), RenameMode.REPLACE);
        assertThat(names(one(), home)).containsExactly("a", "c");
        one().remove(at("a"));
        assertThat(names(two(), home)).containsExactly("c");
        assertThat(names(one(), home)).containsExactly("c");
    }

    @Test
    void aRenamedFileIsAtOnceUnderItsNewNameOnly() throws CellException {
        write(one(), at("old"), bytes("contents"));
        text(two(), at("old"));
        one().rename(at("old"), at("new"), RenameMode.REPLACE);
        for (Cell cell : List.of(one(), two())) {
            assertThat(text(cell, at("new"))).isEqualTo("contents");
            failsWith(FailureCode.NOT_FOUND, () -> cell.stat(at("old")));
        }
    }

    @Test
    void aRenameReplacesAtOnce() throws CellException {
        write(one(), at("f"), bytes("old"));
        text(two(), at("f"));
        write(one(), at("tmp"), bytes("new"));
        one().rename(at("tmp"), at("f"), RenameMode.REPLACE);
        assertThat(text(two(), at("f"))).isEqualTo("new");
        assertThat(text(one(), at("f"))).isEqualTo("new");
        write(one(), at("tmp"), bytes("x"));
        failsWith(
                FailureCode.ALREADY_EXISTS,
                () -> one().rename(at("tmp"), at("f"), RenameMode.NO_REPLACE));
        two().rename(at("tmp"), at("f"), RenameMode.EXCHANGE);
        assertThat(text(one(), at("f"))).isEqualTo("x");
        assertThat(text(one(), at("tmp"))).isEqualTo("new");
    }

    @Test
    void aRenamedDirectoryTakesItsEntriesAlong() throws CellException {
        one().mkdir(at("d"), 0755);
        write(one(), at("d/f"), bytes("f"));
        text(two(), at("d/f"));
        one().mkdir(at("e"), 0755);
        one().rename(at("d"), at("e/d"), RenameMode.REPLACE);
        assertThat(text(two(), at("e/d/f"))).isEqualTo("f");
        failsWith(FailureCode.NOT_FOUND, () -> two().read(at("d/f"), 10));
        assertThatThrownBy(() -> one().rename(at("e"), at("e/d/x"), RenameMode.REPLACE))
                .isInstanceOf(CellException.class);
    }

    @Test
    void namesAreBytesAndStayAsTheyAre() throws CellException {
        Name decomposed = Name.of(new byte[] {
            (byte) 0xe3, (byte) 0x82, (byte) 0xb7, (byte) 0xe3, (byte) 0x82, (byte) 0x99
        });
        Name composed = Name.of("\u30b8");
        Name noText = Name.of(new byte[] {(byte) 0xff, (byte) 0xfe});
        for (Name name : List.of(decomposed, composed, noText)) {
            write(one(), home.child(name), name.bytes());
        }
        List<Name> listed = new ArrayList<>();
        two().list(home, entry -> listed.add(entry.name()));
        assertThat(listed).containsExactly(decomposed, composed, noText);
        assertThat(read(two(), home.child(decomposed))).isEqualTo(decomposed.bytes());
    }

    @Test
    void aNameOf255BytesIsTheLongest() throws CellException {
        write(one(), at("n".repeat(255)), bytes("x"));
        assertThat(names(two(), home)).containsExactly("n".repeat(255));
        assertThatThrownBy(() -> at("n".repeat(256))).hasMessageContaining("255");
    }

    @Test
    void hardLinksCountAndShareContents() throws CellException {
        write(one(), at("a"), bytes("1"));
        text(two(), at("a"));
        assertThat(one().link(at("a"), at("b")).links()).isEqualTo(2);
        assertThat(two().stat(at("a")).links()).isEqualTo(2);
        write(two(), at("b"), bytes("2"));
        assertThat(text(one(), at("a"))).isEqualTo("2");
        one().rename(at("b"), at("c"), RenameMode.REPLACE);
        one().remove(at("c"));
        assertThat(two().stat(at("a")).links()).isEqualTo(1);
    }

    @Test
    void symbolicLinksLeadOnAndLoopsEnd() throws CellException {
        one().mkdir(at("d"), 0755);
        one().symlink(bytes("../f"), at("d/up"));
        write(one(), at("d/up"), bytes("through a dangling link"));
        assertThat(text(two(), at("f"))).isEqualTo("through a dangling link");
        assertThat(two().lstat(at("d/up")).target().orElseThrow()).hasToString("../f");
        two().symlink(bytes("self"), at("self"));
        failsWith(FailureCode.LOOP, () -> one().read(at("self"), 10));
        one().remove(at("self"));
        failsWith(FailureCode.NOT_FOUND, () -> two().lstat(at("self")));
    }

    @Test
    void pathsThroughFilesAndOfDirectoriesAreRefused() throws CellException {
        write(one(), at("f"), bytes("x"));
        failsWith(FailureCode.NOT_A_DIRECTORY, () -> two().stat(at("f/x")));
        failsWith(FailureCode.IS_A_DIRECTORY, () -> two().read(home, 10));
        failsWith(FailureCode.IS_A_DIRECTORY, () -> write(two(), home, bytes("x")));
        failsWith(FailureCode.NOT_A_DIRECTORY, () -> names(two(), at("f")));
        failsWith(FailureCode.NOT_FOUND, () -> write(two(), at("no/f"), bytes("x")));
        failsWith(FailureCode.ALREADY_EXISTS, () -> two().mkdir(at("f"), 0755));
    }

    // ---- attributes and rights -----------------------------------------------------------------

    @Test
    void attributesAreSetForAll() throws CellException {
        write(one(), at("f"), bytes("x"));
        two().stat(at("f"));
        Instant early = Instant.parse("0001-01-01T00:00:00Z");
        Instant late = Instant.parse("9999-12-31T23:59:59.999999999Z");
        one().setAttributes(at("f"), Changes.NONE.withMode(0600).withTimes(early, late));
        Stat seen = two().stat(at("f"));
        assertThat(seen.mode()).isEqualTo(0600);
        assertThat(seen.modified()).isEqualTo(early);
        assertThat(seen.accessed()).isEqualTo(late);
        assertThat(seen.dataVersion()).isEqualTo(1);
    }

    @Test
    void extendedAttributesComeBack() throws CellException {
        write(one(), at("f"), bytes("x"));
        one().setXattr(at("f"), "user.colour", bytes("blue"));
        assertThat(two().xattrs(at("f"))).containsOnlyKeys("user.colour");
        two().removeXattr(at("f"), "user.colour");
        assertThat(one().xattrs(at("f"))).isEmpty();
        failsWith(FailureCode.NO_ATTRIBUTE, () -> one().removeXattr(at("f"), "user.colour"));
    }

    @Test
    void anotherUsersFileIsNeitherReadNorWrittenNorTruncated() throws CellException {
        write(one(), at("f"), bytes("secret"));
        one().setAttributes(at("f"), Changes.NONE.withMode(0600));
        Cell bob = as("bob");
        failsWith(FailureCode.DENIED, () -> bob.read(at("f"), 10));
        failsWith(FailureCode.DENIED, () -> bob.open(at("f"), OpenRequest.write()));
        failsWith(
                FailureCode.DENIED, () -> bob.open(at("f"), OpenRequest.write().truncating()));
        failsWith(FailureCode.DENIED, () -> write(bob, at("f"), bytes("x")));
        failsWith(FailureCode.DENIED, () -> bob.remove(at("f")));
        failsWith(FailureCode.DENIED, () -> bob.mkdir(at("d"), 0777));
        assertThat(text(one(), at("f"))).isEqualTo("secret");
        one().setAttributes(at("f"), Changes.NONE.withMode(0644));
        assertThat(text(bob, at("f"))).isEqualTo("secret");
    }

    @Test
    void modesAreTakenAsGiven() throws CellException {
        one().mkdir(at("d"), 0777);
        assertThat(two().stat(at("d")).mode()).isEqualTo(0777);
        Cell bob = as("bob");
        write(bob, at("d/bobs"), bytes("x"));
        assertThat(one().stat(at("d/bobs")).owner()).isEqualTo("bob");
    }

    @Test
    void aSearchRightTakenAwayCountsAtOnce() throws CellException {
        one().mkdir(at("d"), 0755);
        write(one(), at("d/f"), bytes("x"));
        Cell bob = as("bob");
        assertThat(text(bob, at("d/f"))).isEqualTo("x");
        one().setAttributes(at("d"), Changes.NONE.withMode(0700));
        failsWith(FailureCode.DENIED, () -> bob.read(at("d/f"), 10));
    }

    // ---- the rest ------------------------------------------------------------------------------

    @Test
    void aWatchTellsOfChangesByOthersAndOneself() throws Exception {
        write(one(), at("f"), bytes("x"));
        java.util.concurrent.BlockingQueue<Cell.Change.Kind> seen =
                new java.util.concurrent.LinkedBlockingQueue<>();
        try (Cell.Watch watch = two().watch(at("f"), change -> seen.add(change.kind()))) {
            assertThat(watch).isNotNull();
            write(one(), at("f"), bytes("y"));
            assertThat(next(seen)).isEqualTo(Cell.Change.Kind.CONTENTS);
            one().setAttributes(at("f"), Changes.NONE.withMode(0600));
            assertThat(next(seen)).isEqualTo(Cell.Change.Kind.ATTRIBUTES);
            two().remove(at("f"));
            assertThat(next(seen)).isEqualTo(Cell.Change.Kind.REMOVED);
            write(one(), at("f"), bytes("z"));
            assertThat(next(seen)).isEqualTo(Cell.Change.Kind.CONTENTS);
        }
        try (Cell.Watch watch = two().watch(home, change -> seen.add(change.kind()))) {
            assertThat(watch).isNotNull();
            write(one(), at("g"), bytes("y"));
            assertThat(next(seen)).isEqualTo(Cell.Change.Kind.ENTRIES);
        }
    }

    private static Cell.Change.Kind next(java.util.concurrent.BlockingQueue<Cell.Change.Kind> seen)
            throws InterruptedException {
        Cell.Change.Kind next = seen.poll(10, java.util.concurrent.TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no change was told");
        }
        return next;
    }

    @Test
    void aVolumeTellsItsSpace() throws CellException {
        write(one(), at("f"), noise(100_000, 9));
        Cell.Space space = two().space(at("f"));
        assertThat(space.used()).isGreaterThanOrEqualTo(100_000);
        assertThat(space.free()).isPositive();
        assertThat(space.capacity()).isGreaterThanOrEqualTo(space.free());
    }

    @Test
    void aLargeFileIsReadThroughItsChannel() throws IOException {
        byte[] contents = noise(2_000_000, 10);
        write(one(), at("f"), contents);
        try (OpenFile file = two().open(at("f"), OpenRequest.read())) {
            FileChannel channel = file.channel();
            ByteBuffer part = ByteBuffer.allocate(1000);
            channel.read(part, 1_500_000);
            assertThat(part.array()).isEqualTo(Arrays.copyOfRange(contents, 1_500_000, 1_501_000));
            assertThat(channel.size()).isEqualTo(2_000_000);
            assertThat(file.stat().size()).isEqualTo(2_000_000);
        }
    }
}
