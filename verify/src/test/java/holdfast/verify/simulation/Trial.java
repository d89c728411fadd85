package holdfast.verify.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/**
 * Runs the program of a seed. The front door of what {@code SimulatedLoader} loads: only types of
 * the platform go in and out.
 */
public final class Trial implements LongFunction<String[]> {
    /** Places in the answer. */
    static final int WRONG = 0;

    static final int TRACE = 1;
    static final int SIZE = 2;
    static final int STORY = 3;

    /** What is wrong or "", a number that tells runs apart, how long it was, what happened. */
    @Override
    public String[] apply(long seed) {
        return told(run(seed, Generator.program(seed)), "");
    }

    /** The same for the smallest part of the program that still fails. */
    public String[] shrunk(long seed) {
        Program small = new Shrinking(program -> run(seed, program).wrong().isPresent())
                .shrink(Generator.program(seed));
        return told(run(seed, small), small.toString());
    }

    private static String[] told(Run.Result result, String program) {
        return new String[] {
            result.wrong().orElse(""),
            Long.toHexString(result.trace()),
            result.steps() + " steps in " + result.time(),
            program + result.history()
        };
    }

    private static Run.Result run(long seed, Program program) {
        Path folder = folder();
        try {
            return new Run(seed, program, folder).result();
        } finally {
            remove(folder);
        }
    }

    private static Path folder() {
        try {
            Path memory = Path.of("/dev/shm");
            return Files.isWritable(memory)
                    ? Files.createTempDirectory(memory, "holdfast-simulation")
                    : Files.createTempDirectory("holdfast-simulation");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
