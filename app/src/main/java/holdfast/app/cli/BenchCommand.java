package holdfast.app.cli;

import holdfast.app.bench.Bench;
import holdfast.app.bench.Figure;
import holdfast.app.bench.Goal;
import holdfast.app.bench.ScratchFolder;
import holdfast.app.config.Folders;
import holdfast.app.config.ServersFile;
import holdfast.client.files.CellOptions;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Measures a cell beside the local disk. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measure a cell of this machine's own against the same work on the local disk, by"
                    + " turns;",
            "shows medians. Takes a few minutes, and disk for a large file in each run and five"
                    + " more."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  holdfast bench",
            "  holdfast bench --only store,cold-fetch --runs 3",
            "  holdfast bench --servers servers.json     a cell that runs already"
        })
final class BenchCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration SETTLES = Duration.ofSeconds(5);
    private static final String IDLE = "idle";

    @Option(
            names = "--only",
            paramLabel = "NAME",
            split = ",",
            description = "Only these figures (default: all).")
    List<String> only = new ArrayList<>();

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Runs of each (default: ${DEFAULT-VALUE}).")
    int runs = 5;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            defaultValue = "512MiB",
            converter = People.SizeConverter.class,
            description = "The large file's size (default: ${DEFAULT-VALUE}).")
    long size = 512L << 20;

    @Option(
            names = "--files",
            paramLabel = "N",
            defaultValue = "800",
            description =
                    "Small files that one writer writes in a run (default: ${DEFAULT-VALUE}).")
    int files = 800;

    @Option(
            names = "--folder",
            paramLabel = "DIR",
            description = "A folder on the disk to measure (default: the user's cache folder).")
    @Nullable
    Path folder;

    @Option(
            names = "--servers",
            paramLabel = "FILE",
            description = "Measure the cell of this servers file (default: one of its own).")
    @Nullable
    Path servers;

    @Option(names = "--json", description = "One JSON object for each figure, one a line.")
    boolean json;

    @Option(names = "--debug", description = "Show stack traces.")
    boolean debug;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private final PrintStream err = System.err;

    @Override
    public Integer call() throws Exception {
        List<String> names = chosen();
        Path parent = folder == null ? Folders.of(System.getenv()).cache() : folder;
        Files.createDirectories(parent);
        checkRoom(parent);
        List<Figure> figures = new ArrayList<>();
        try (ScratchFolder scratch = ScratchFolder.in(parent, "bench");
                Programs programs =
                        new Programs(new PrintStream(OutputStream.nullOutputStream()))) {
            ServersFile at = servers == null
                    ? ownCell(programs, scratch.path(), names, figures)
                    : ServersFile.read(servers);
            measure(options(at), scratch.path(), names, figures);
        }
        show(figures, new Output(System.out, json));
        return ExitCodes.DONE;
    }

    private List<String> chosen() {
        List<String> all = new ArrayList<>();
        if (servers == null) {
            all.add(IDLE);
        }
        all.addAll(Bench.NAMES);
        for (String name : only) {
            if (!all.contains(name)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "'" + name + "' is none of the figures: " + String.join(", ", all));
            }
        }
        if (runs < 1 || files < 1 || size < 1 << 20) {
            throw new ParameterException(
                    spec.commandLine(), "at least 1 run, 1 file and a size of 1 MiB");
        }
        return only.isEmpty() ? all : all.stream().filter(only::contains).toList();
    }

    private void checkRoom(Path parent) throws IOException {
        long needed = (runs + 6) * size + (1L << 30);
        long free = Files.getFileStore(parent).getUsableSpace();
        if (free < needed) {
            throw FailureException.of(
                    FailureCode.NO_SPACE,
                    "%s has %s free and needs %s; name another disk with --folder"
                            .formatted(parent, People.size(free), People.size(needed)));
        }
    }

    private ServersFile ownCell(
            Programs programs, Path scratch, List<String> names, List<Figure> figures)
            throws IOException, InterruptedException {
        progress("starting a cell");
        Programs.Program serve = programs.holdfast(
                "serve",
                scratch,
                "serve",
                "--data",
                "cell",
                "--directory-port",
                String.valueOf(Programs.freePort()),
                "--locking-port",
                String.valueOf(Programs.freePort()),
                "--files-port",
                String.valueOf(Programs.freePort()));
        serve.awaitLine("clients find it by", PATIENCE);
        if (names.contains(IDLE)) {
            figures.add(idle(serve));
        }
        return ServersFile.read(scratch.resolve("cell").resolve("servers.json"));
    }

    private static Figure idle(Programs.Program serve) throws IOException, InterruptedException {
        new CountDownLatch(1).await(SETTLES.toMillis(), TimeUnit.MILLISECONDS);
        Path status = Path.of("/proc", String.valueOf(serve.pid()), "status");
        long kib = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
        return Figure.single(
                IDLE,
                "resident memory of an idle serve",
                Figure.Unit.BYTES,
                kib * 1024.0,
                new Goal.Under(300 << 20));
    }

    private static CellOptions options(ServersFile at) {
        return CellOptions.at(at.directoryServers().getFirst().toString())
                .withTimeout(PATIENCE.multipliedBy(5));
    }

    private void measure(
            CellOptions options, Path scratch, List<String> names, List<Figure> figures)
            throws IOException, InterruptedException {
        Bench bench = new Bench(options, scratch, new Bench.Scale(runs, size, files));
        bench.prepare();
        try {
            for (String name : names) {
                if (!name.equals(IDLE)) {
                    progress(name);
                    figures.add(bench.measure(name));
                }
            }
        } finally {
            bench.cleanUp();
        }
    }

    private void progress(String what) {
        err.println("bench: " + what);
    }

    private static void show(List<Figure> figures, Output out) {
        out.table(
                List.of("figure", "ours", "least - most", "local disk", "ratio", "goal", ""),
                figures.stream()
                        .map(figure -> new Output.Row(fields(figure), cells(figure)))
                        .toList());
    }

    private static Map<String, Object> fields(Figure figure) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("figure", figure.name());
        fields.put("work", figure.work());
        fields.put("unit", figure.unit().name().toLowerCase(Locale.ROOT));
        fields.put("median", figure.ours().median());
        fields.put("least", figure.ours().least());
        fields.put("greatest", figure.ours().greatest());
        figure.local().ifPresent(local -> fields.put("localMedian", local.median()));
        figure.ratio().ifPresent(ratio -> fields.put("ratio", ratio));
        fields.put("goal", goal(figure));
        fields.put("met", figure.met());
        return fields;
    }

    private static List<String> cells(Figure figure) {
        return List.of(
                figure.work(),
                value(figure.unit(), figure.ours().median()),
                value(figure.unit(), figure.ours().least()) + " - "
                        + value(figure.unit(), figure.ours().greatest()),
                figure.local()
                        .map(local -> value(figure.unit(), local.median()))
                        .orElse("-"),
                figure.ratio().isPresent()
                        ? String.format(Locale.ROOT, "%.2f", figure.ratio().getAsDouble())
                        : "-",
                goal(figure),
                figure.met() ? "met" : "MISSED");
    }

    private static String goal(Figure figure) {
        return switch (figure.goal()) {
            case Goal.OfLocal(double ratio) -> String.format(Locale.ROOT, "%.1f x local", ratio);
            case Goal.Rate(double rate) -> "at least " + value(Figure.Unit.PER_SECOND, rate);
            case Goal.Under(double bound) -> "under " + value(figure.unit(), bound);
        };
    }

    private static String value(Figure.Unit unit, double value) {
        return switch (unit) {
            case BYTES -> People.size((long) value);
            case PER_SECOND -> String.format(Locale.ROOT, "%,.0f/s", value);
            case SECONDS -> seconds(value);
        };
    }

    private static String seconds(double value) {
        if (value < 1e-3) {
            return String.format(Locale.ROOT, "%.1f us", value * 1e6);
        }
        return value < 0.1
                ? String.format(Locale.ROOT, "%.2f ms", value * 1e3)
                : String.format(Locale.ROOT, "%.2f s", value);
    }
}
