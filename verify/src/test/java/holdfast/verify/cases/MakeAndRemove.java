package holdfast.verify.cases;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.CellException;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.verify.processes.ClientProgram;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Makes and removes files in rounds: {@code DIRECTORY ROUNDS FILES GO}. After round {@code n} it
 * prints {@code round n} and waits until there is a file {@code GOn}.
 */
final class MakeAndRemove {
    private static final int AT_ONCE = 32;
    private static final int LARGE_EVERY = 250;
    private static final int SMALL = 100;
    private static final int LARGE = 100_000;
    private static final long LOOK_MILLIS = 20;

    private final Cell cell;
    private final CellPath directory;
    private final int files;

    private MakeAndRemove(Cell cell, CellPath directory, int files) {
        this.cell = cell;
        this.directory = directory;
        this.files = files;
    }

    public static void main(String[] words)
            throws IOException, InterruptedException, ExecutionException {
        ClientProgram program = ClientProgram.of(words);
        try (Cell cell = program.connect()) {
            CellPath directory = CellPath.parse(program.text(0));
            MakeAndRemove work = new MakeAndRemove(cell, directory, program.number(2));
            for (int round = 1; round <= program.number(1); round++) {
                work.round(round);
                System.out.println("round " + round + ".");
                while (!Files.exists(Path.of(program.text(3) + round))) {
                    Thread.sleep(LOOK_MILLIS);
                }
            }
        }
    }

    private void round(int round) throws InterruptedException, ExecutionException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> parts = new ArrayList<>();
            for (int part = 0; part < AT_ONCE; part++) {
                int first = part;
                parts.add(() -> part(round, first));
            }
            for (Future<String> part : threads.invokeAll(parts)) {
                part.get();
            }
        }
    }

    /** Makes each file, reads it and removes it. */
    private String part(int round, int first) throws CellException {
        for (int i = first; i < files; i += AT_ONCE) {
            CellPath path = directory.child(Name.of("file-" + round + "-" + i));
            byte[] contents = new byte[i % LARGE_EVERY == 0 ? LARGE : SMALL];
            new Random(31L * round + i).nextBytes(contents);
            cell.write(path, contents, PutOptions.standard());
            if (cell.read(path, LARGE).length != contents.length) {
                throw new AssertionError(path + " is not what was written");
            }
            cell.remove(path);
        }
        return "done";
    }
}
