package holdfast.app.bench;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Measures a cell beside the local disk. */
public final class Bench {
    /** Each figure's name, in the order in which they are measured. */
    public static final List<String> NAMES = List.of(
            "warm-open",
            "cold-fetch",
            "store",
            "delta",
            "new-1",
            "new-16",
            "overwrite-1",
            "overwrite-16",
            "hand-off");

    private static final CellPath ROOT = CellPath.parse("/holdfast-bench");
    private static final int WARM_BYTES = 4096;
    private static final int WARM_OPENS = 2_000;
    private static final int SMALL_BYTES = 8192;
    private static final int CHANGE_BYTES = 4096;
    private static final int WRITERS = 16;
    private static final int WARM_SETS = 6;

    private final CellOptions options;
    private final Path folder;
    private final Scale scale;
    private final LocalDisk disk;
    private final Pair pair;

    /**
     * How much is done.
     *
     * @param runs of each work; their median is the figure
     * @param largeBytes size of the large file
     * @param smallFiles how many small files one writer writes in a run
     */
    public record Scale(int runs, long largeBytes, int smallFiles) {}

    /**
     * Measures the cell of {@code options}, whose {@code /holdfast-bench} is made and removed.
     *
     * @param folder on the local disk to compare with; it gets the caches, too
     */
    public Bench(CellOptions options, Path folder, Scale scale) {
        this.options = options;
        this.folder = folder;
        this.scale = scale;
        this.disk = new LocalDisk(folder);
        this.pair = new Pair(scale.runs());
    }

    private Cell connect(String cache) throws CellException {
        return Cell.connect(options.withCache(folder.resolve(cache)));
    }

    /** Makes room for the figures in the cell. */
    public void prepare() throws IOException {
        try (Cell cell = connect("cache")) {
            cell.mkdir(ROOT, 0755);
        }
    }

    /** Removes what the figures left in the cell. */
    public void cleanUp() throws IOException {
        try (Cell cell = connect("cache")) {
            remove(cell, ROOT);
        }
    }

    private static void remove(Cell cell, CellPath directory) throws CellException {
        List<CellPath> below = new ArrayList<>();
        List<CellPath> files = new ArrayList<>();
        cell.list(
                directory,
                entry -> (entry.stat().isDirectory() ? below : files)
                        .add(directory.child(entry.name())));
        for (CellPath path : below) {
            remove(cell, path);
        }
        for (CellPath path : files) {
            cell.remove(path);
        }
        cell.rmdir(directory);
    }

    /** Measures one of {@link #NAMES}. */
    public Figure measure(String name) throws IOException, InterruptedException {
        return switch (name) {
            case "warm-open" -> warmOpen();
            case "cold-fetch" -> coldFetch();
            case "store" -> store();
            case "delta" -> delta();
            case "new-1" -> newFiles(name, new Writers(1, scale.smallFiles()), 600);
            case "new-16" -> newFiles(name, many(), 2_500);
            case "overwrite-1" -> overwrite(name, new Writers(1, scale.smallFiles()), 500);
            case "overwrite-16" -> overwrite(name, many(), 2_000);
            case "hand-off" -> handOff();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private Writers many() {
        return new Writers(WRITERS, Math.max(1, scale.smallFiles() / 4));
    }

    private static CellPath at(String name) {
        return ROOT.child(Name.of(name));
    }

    private Figure warmOpen() throws IOException, InterruptedException {
        byte[] contents = disk.bytes(WARM_BYTES);
        Path local = Files.write(disk.path("warm"), contents);
        try (Cell cell = connect("cache")) {
            CellPath path = at("warm");
            cell.write(path, contents, Cell.PutOptions.standard());
            ByteBuffer buffer = ByteBuffer.allocateDirect(WARM_BYTES);
            Pair.Both both = pair.measure(
                    run -> perOpen(run, () -> {
                        try (OpenFile file = cell.open(path, OpenRequest.read())) {
                            file.channel().read(buffer.clear());
                        }
                    }),
                    run -> perOpen(run, () -> {
                        try (FileChannel file = FileChannel.open(local, StandardOpenOption.READ)) {
                            file.read(buffer.clear());
                        }
                    }));
            return new Figure(
                    "warm-open",
                    "warm open, read and close of 4 KiB, against java.nio on a local file",
                    Figure.Unit.SECONDS,
                    both.ours(),
                    Optional.of(both.local()),
                    new Goal.OfLocal(0.5));
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    /** The run that does not count is a long one: it is the compiler's. */
    private static double perOpen(int run, Step open) throws IOException {
        int before = run < 0 ? 20 * WARM_OPENS : WARM_OPENS;
        for (int i = 0; i < before; i++) {
            open.run();
        }
        long begin = System.nanoTime();
        for (int i = 0; i < WARM_OPENS; i++) {
            open.run();
        }
        return Pair.seconds(begin) / WARM_OPENS;
    }

    private Figure coldFetch() throws IOException, InterruptedException {
        CellPath path = at("fetched");
        Path source = disk.fill("large", scale.largeBytes());
        try (Cell cell = connect("cache")) {
            cell.put(source, path, Cell.PutOptions.standard());
        }
        Pair.Both both = pair.measure(
                run -> fetch("cold-" + run, path), run -> copy(source, disk.path("copy"), false));
        Files.delete(source);
        return new Figure(
                "cold-fetch",
                "cold open of a large file, against a local copy",
                Figure.Unit.SECONDS,
                both.ours(),
                Optional.of(both.local()),
                new Goal.OfLocal(0.5));
    }

    private double fetch(String cache, CellPath path) throws IOException {
        try (ScratchFolder scratch = new ScratchFolder(folder.resolve(cache));
                Cell cold = Cell.connect(options.withCache(scratch.path()))) {
            cold.stat(CellPath.ROOT);
            long begin = System.nanoTime();
            try (OpenFile file = cold.open(path, OpenRequest.read())) {
                double seconds = Pair.seconds(begin);
                if (file.fromCache() || file.channel().size() != scale.largeBytes()) {
                    throw new IllegalStateException("the fetch was not cold or not whole");
                }
                return seconds;
            }
        }
    }

    private double copy(Path from, Path to, boolean synced) throws IOException {
        long begin = System.nanoTime();
        disk.copy(from, to, synced);
        double seconds = Pair.seconds(begin);
        Files.delete(to);
        return seconds;
    }

    private Figure store() throws IOException, InterruptedException {
        try (Cell cell = connect("cache")) {
            Pair.Both both = pair.measure(
                    // Removed at the end: freeing the last run's chunks would be work of this one.
                    run -> put(cell, disk.path("large"), at("stored" + run)),
                    run -> copy(disk.fill("large", scale.largeBytes()), disk.path("copy"), true));
            Files.delete(disk.path("large"));
            return new Figure(
                    "store",
                    "store of a new large file, against a local copy with fsync",
                    Figure.Unit.SECONDS,
                    both.ours(),
                    Optional.of(both.local()),
                    new Goal.OfLocal(0.4));
        }
    }

    private static double put(Cell cell, Path source, CellPath path) throws IOException {
        long begin = System.nanoTime();
        cell.put(source, path, Cell.PutOptions.standard());
        return Pair.seconds(begin);
    }

    private Figure delta() throws IOException, InterruptedException {
        CellPath path = at("changed");
        Path source = disk.fill("large", scale.largeBytes());
        double[] sent = new double[scale.runs()];
        try (Cell cell = connect("cache")) {
            cell.put(source, path, Cell.PutOptions.standard());
            for (int run = 0; run < sent.length; run++) {
                long before = cell.statistics().bytesSent();
                try (OpenFile file = cell.open(path, OpenRequest.write())) {
                    ByteBuffer change = ByteBuffer.wrap(disk.bytes(CHANGE_BYTES));
                    file.channel().write(change, scale.largeBytes() / 2);
                }
                sent[run] = cell.statistics().bytesSent() - before;
            }
        }
        Files.delete(source);
        return new Figure(
                "delta",
                "sent for a change of 4 KiB in the middle of a large file",
                Figure.Unit.BYTES,
                new Series(sent),
                Optional.empty(),
                new Goal.Under(scale.largeBytes() / 100.0));
    }

    private Figure newFiles(String name, Writers writers, double goal)
            throws IOException, InterruptedException {
        return files(name, "whole new small files", writers, goal, true);
    }

    private Figure overwrite(String name, Writers writers, double goal)
            throws IOException, InterruptedException {
        return files(name, "overwrites of small files", writers, goal, false);
    }

    private Figure files(String name, String work, Writers writers, double goal, boolean fresh)
            throws IOException, InterruptedException {
        Files.createDirectories(disk.path(name));
        try (ScratchFolder local = new ScratchFolder(disk.path(name));
                Cell cell = connect("cache")) {
            cell.mkdir(at(name), 0755);
            if (!fresh) {
                write(cell, name, writers, 0);
                writeLocally(local.path(), writers, 0);
            }
            Pair.Both both = pair.measure(
                    run -> warm(run, set -> write(cell, name, writers, fresh ? set : 0)),
                    run -> warm(run, set -> writeLocally(local.path(), writers, fresh ? set : 0)));
            return new Figure(
                    name,
                    work + " (8 KiB), synced, " + writers.count()
                            + (writers.count() == 1 ? " writer" : " writers"),
                    Figure.Unit.PER_SECOND,
                    both.ours(),
                    Optional.of(both.local()),
                    new Goal.Rate(goal));
        }
    }

    private interface Writes {
        double perSecond(int set) throws IOException, InterruptedException;
    }

    /** The run that does not count is several: the compiler needs some seconds of both sides. */
    private static double warm(int run, Writes writes) throws IOException, InterruptedException {
        for (int set = -WARM_SETS; run < 0 && set < run; set++) {
            writes.perSecond(set);
        }
        return writes.perSecond(run);
    }

    private static String file(int set, int writer, int number) {
        return set + "-" + writer + "-" + number;
    }

    private double write(Cell cell, String directory, Writers writers, int set)
            throws IOException, InterruptedException {
        byte[] contents = disk.bytes(SMALL_BYTES);
        CellPath at = at(directory);
        return writers.perSecond((writer, number) -> cell.write(
                at.child(Name.of(file(set, writer, number))),
                contents,
                Cell.PutOptions.standard()));
    }

    private double writeLocally(Path directory, Writers writers, int set)
            throws IOException, InterruptedException {
        byte[] contents = disk.bytes(SMALL_BYTES);
        return writers.perSecond((writer, number) ->
                LocalDisk.store(directory.resolve(file(set, writer, number)), contents));
    }

    private Figure handOff() throws IOException, InterruptedException {
        try (HandOff work = new HandOff(connect("cache"), connect("cache-2"), at("handed"))) {
            return new Figure(
                    "hand-off",
                    "from a writer's close (100 bytes changed) to the next waiter's open",
                    Figure.Unit.SECONDS,
                    work.measure(scale.runs() * 20),
                    Optional.empty(),
                    new Goal.Under(0.005));
        }
    }
}
