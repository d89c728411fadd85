package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.Cell.RenameMode;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Processes that work on the same files. */
@ExtendWith(SharedCell.class)
final class SharedFilesTest {
    private static final int CLIENTS = 8;
    private static final int TIMES = Integer.getInteger("holdfast.cases.additions", 60);
    private static final int LINES = 100;
    private static final int RENAMES = 200;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(Cell cell, CellPath path) throws CellException {
        return new String(cell.read(path, 1 << 20), StandardCharsets.UTF_8);
    }

    private static void awaitAll(List<LocalProcess> clients) {
        for (LocalProcess client : clients) {
            assertThat(client.awaitEnd()).as(client.err()).isZero();
        }
    }

    @Test
    void eightProcessesThatAddOneToANumberLoseNoAddition(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/src/number");
        try (Cell here = cell.connect("cache-here")) {
            here.write(path, new byte[Integer.BYTES], PutOptions.standard());
            awaitAll(IntStream.range(0, CLIENTS)
                    .mapToObj(i -> cell.client(
                            AddOne.class, "cache-" + i, path.toString(), String.valueOf(TIMES)))
                    .toList());
            byte[] number = here.read(path, Integer.BYTES);
            assertThat(ByteBuffer.wrap(number).getInt()).isEqualTo(CLIENTS * TIMES);
            assertThat(here.stat(path).dataVersion()).isEqualTo(1 + CLIENTS * TIMES);
        }
    }

    @Test
    void sixProcessesThatAppendLinesLoseNone(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/home/log");
        List<String> names = List.of("ann", "bob", "cid", "dot", "eve", "fay");
        awaitAll(names.stream()
                .map(name -> cell.client(
                        AppendLines.class,
                        "cache-" + name,
                        path.toString(),
                        name,
                        String.valueOf(LINES)))
                .toList());
        try (Cell here = cell.connect("cache-here")) {
            Stream<String> expected = names.stream()
                    .flatMap(name ->
                            IntStream.range(0, LINES).mapToObj(i -> AppendLines.line(name, i)));
            assertThat(text(here, path).lines())
                    .containsExactlyInAnyOrderElementsOf(expected.toList());
        }
    }

    @Test
    void whatOneMadeAndAnotherAppendedToHasBothParts(ProcessCell cell) throws IOException {
        Path local = cell.write("first", "made by one\n");
        cell.done("put", local.toString(), "/etc/parts");
        awaitAll(List.of(
                cell.client(AppendLines.class, "cache-parts", "/etc/parts", "another", "1")));
        assertThat(cell.done("cat", "/etc/parts")).isEqualTo("made by one\nanother says 0\n");
    }

    @Test
    void aSmallFileIsReadAsItWasJustWrittenAThousandTimes(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/etc/small");
        try (Cell one = cell.connect("cache-one");
                Cell two = cell.connect("cache-two")) {
            for (int i = 0; i < 1_000; i++) {
                try (OpenFile file = one.open(path, OpenRequest.create().truncating())) {
                    file.channel().write(ByteBuffer.wrap(bytes("round " + i)));
                }
                assertThat(text(i % 4 == 0 ? two : one, path)).isEqualTo("round " + i);
            }
        }
    }

    @Test
    void aRenamedFileIsAtOnceUnderItsNewNameForAll(ProcessCell cell) throws IOException {
        try (Cell one = cell.connect("cache-one");
                Cell two = cell.connect("cache-two")) {
            CellPath old = CellPath.parse("/src/moving-0");
            one.write(old, bytes("contents"), PutOptions.standard());
            for (int i = 1; i <= RENAMES; i++) {
                CellPath next = CellPath.parse("/src/moving-" + i);
                (i % 2 == 0 ? one : two).rename(old, next, RenameMode.REPLACE);
                for (Cell each : List.of(one, two)) {
                    assertThat(text(each, next)).isEqualTo("contents");
                    notFound(each, old);
                }
                old = next;
            }
        }
    }

    private static void notFound(Cell cell, CellPath path) {
        assertThatThrownBy(() -> cell.stat(path))
                .isInstanceOfSatisfying(
                        CellException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.NOT_FOUND));
    }

    @Test
    void readersOfAFileThatIsReplacedByRenamesSeeItWhole(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/home/replaced");
        CellPath temporary = CellPath.parse("/home/replaced.new");
        Path stop = cell.folder().resolve("stop-reading");
        try (Cell here = cell.connect("cache-here")) {
            here.write(path, ReadAgainAndAgain.contents(1), PutOptions.standard());
            List<LocalProcess> readers = IntStream.range(0, 3)
                    .mapToObj(i -> cell.client(
                            ReadAgainAndAgain.class,
                            "cache-reader-" + i,
                            path.toString(),
                            stop.toString()))
                    .toList();
            readers.forEach(reader -> reader.awaitOut("1"));
            for (int i = 2; i <= 1 + RENAMES; i++) {
                here.write(temporary, ReadAgainAndAgain.contents(i), PutOptions.standard());
                here.rename(temporary, path, RenameMode.REPLACE);
            }
            readers.forEach(reader -> reader.awaitOut("\n" + (1 + RENAMES) + "\n"));
            Files.createFile(stop);
            awaitAll(readers);
        }
    }

    @Test
    void aSecondWriterWaitsOrIsToldWhoHoldsTheLock(ProcessCell cell) throws IOException {
        CellPath path = CellPath.parse("/src/locked");
        Path local = cell.write("second", "by the second");
        try (Cell here = cell.connect("cache-here")) {
            OpenFile held = here.open(path, OpenRequest.create());
            held.channel().write(ByteBuffer.wrap(bytes("by the first")));
            String refused =
                    cell.refused(10, "put", "--wait", "0s", local.toString(), path.toString());
            assertThat(refused)
                    .contains("/src/locked")
                    .contains(String.valueOf(ProcessHandle.current().pid()));
            LocalProcess waiting = cell.holdfast(List.of("put", local.toString(), path.toString()));
            assertThat(cell.refused(10, "put", "--wait", "1s", local.toString(), path.toString()))
                    .contains("/src/locked");
            held.close();
            assertThat(waiting.awaitEnd()).as(waiting.err()).isZero();
            assertThat(text(here, path)).isEqualTo("by the second");
            assertThat(here.stat(path).dataVersion()).isEqualTo(3);
        }
    }
}
