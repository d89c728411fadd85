package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.CellException;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/** A directory of many entries, listed by a client that has no room for them. */
@ExtendWith(SharedCell.class)
final class LargeDirectoryTest {
    private static final int ENTRIES = 100_000;
    private static final int AT_ONCE = 64;
    private static final Map<String, String> SMALL_HEAP = Map.of("HOLDFAST_JAVA_OPTS", "-Xmx64m");
    private static final CellPath DIRECTORY = CellPath.parse("/home/many");

    private static CellPath entry(String kind, int number) {
        return DIRECTORY.child(Name.of("%s-%06d".formatted(kind, number)));
    }

    @Test
    void aListIsCompleteAndNamesNothingTwiceAlsoWhileEntriesComeAndGo(ProcessCell cell)
            throws Exception {
        List<String> stay = IntStream.range(0, ENTRIES)
                .mapToObj(i -> entry("stays", i).last().toString())
                .toList();
        try (Cell here = cell.connect("cache-here");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            here.mkdir(DIRECTORY, 0755);
            make(here, threads);
            assertThat(listed(cell)).isEqualTo(stay);
            AtomicBoolean over = new AtomicBoolean();
            Future<String> changes = threads.submit(() -> comeAndGo(here, over));
            List<String> listed = listed(cell);
            over.set(true);
            changes.get();
            assertThat(listed).doesNotHaveDuplicates();
            assertThat(listed.stream()
                            .filter(name -> name.startsWith("stays-0"))
                            .toList())
                    .isEqualTo(stay);
        }
    }

    private static void make(Cell cell, ExecutorService threads)
            throws InterruptedException, ExecutionException {
        List<Callable<String>> makers = new ArrayList<>();
        for (int first = 0; first < AT_ONCE; first++) {
            int start = first;
            makers.add(() -> {
                for (int i = start; i < ENTRIES; i += AT_ONCE) {
                    cell.write(entry("stays", i), new byte[0], PutOptions.standard());
                }
                return "made";
            });
        }
        for (Future<String> maker : threads.invokeAll(makers)) {
            maker.get();
        }
    }

    private static String comeAndGo(Cell cell, AtomicBoolean over) throws CellException {
        for (int i = 0; !over.get(); i = (i + 9_973) % ENTRIES) {
            for (String kind : List.of("a", "stays-not", "z")) {
                cell.write(entry(kind, i), new byte[0], PutOptions.standard());
            }
            for (String kind : List.of("a", "stays-not", "z")) {
                cell.remove(entry(kind, i));
            }
        }
        return "over";
    }

    private static List<String> listed(ProcessCell cell) {
        LocalProcess ls = cell.holdfast(SMALL_HEAP, List.of("ls", DIRECTORY.toString()));
        assertThat(ls.awaitEnd()).as(ls.err()).isZero();
        return ls.out().lines().toList();
    }
}
