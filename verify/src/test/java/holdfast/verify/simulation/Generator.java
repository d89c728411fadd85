package holdfast.verify.simulation;

import holdfast.verify.simulation.Step.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes programs from seeds: few files, so that clients meet. Some clients do everything, some only
 * read or only edit one file again and again. A quarter of the programs is without faults.
 */
final class Generator {
    private static final List<String> FILES = List.of("/a", "/b", "/d/a", "/d/b", "/e/a", "/n");
    private static final List<String> DIRECTORIES = List.of("/d", "/e");
    private static final Kind[] COMMON = {
        Kind.READ, Kind.READ, Kind.READ, Kind.EDIT, Kind.EDIT, Kind.EDIT, Kind.STAT, Kind.LIST
    };
    private static final Kind[] READING = {Kind.READ, Kind.READ, Kind.READ, Kind.STAT, Kind.LIST};
    private static final int STEPS_MAX = 14;
    private static final int CLIENTS_MAX = 3;

    private final SplittableRandom chance;
    private final List<String> files;
    private final SimulatedCell.Sizes sizes;
    private final boolean calm;
    private final int pauseMillis;
    private int ids;

    private Generator(long seed) {
        this.chance = new SplittableRandom(seed * 31 + 7);
        int most = 1 + chance.nextInt(chance.nextBoolean() ? 2 : FILES.size());
        this.files = FILES.subList(0, most);
        this.calm = chance.nextInt(4) == 0;
        this.sizes = sizes();
        this.pauseMillis = new int[] {10, 60, 400}[chance.nextInt(3)];
    }

    static Program program(long seed) {
        return new Generator(seed).make();
    }

    private Program make() {
        List<List<Step>> clients = new ArrayList<>();
        int count = 2 + chance.nextInt(CLIENTS_MAX - 1);
        for (int i = 0; i < count; i++) {
            clients.add(steps());
        }
        List<Fault> faults =
                calm ? List.of() : new Faults(chance, sizes, STEPS_MAX * pauseMillis / 2).make();
        return new Program(sizes, clients, faults);
    }

    /** Three file servers don't share chunks yet: then all contents are small. */
    private SimulatedCell.Sizes sizes() {
        return switch (calm ? 0 : chance.nextInt(6)) {
            case 0, 1, 2 -> new SimulatedCell.Sizes(1, 1, 1);
            case 3 -> new SimulatedCell.Sizes(1, 3, 1);
            case 4 -> new SimulatedCell.Sizes(1, 1, 3);
            default -> new SimulatedCell.Sizes(3, 3, 3);
        };
    }

    private List<Step> steps() {
        Kind[] kinds = kinds();
        String favourite = file();
        boolean narrow = kinds.length != Kind.values().length && chance.nextBoolean();
        List<Step> steps = new ArrayList<>();
        int count = 3 + chance.nextInt(STEPS_MAX - 2);
        for (int i = 0; i < count; i++) {
            steps.add(step(kinds[chance.nextInt(kinds.length)], narrow ? favourite : file()));
        }
        return steps;
    }

    private Kind[] kinds() {
        return switch (chance.nextInt(6)) {
            case 0 -> READING;
            case 1 -> new Kind[] {Kind.EDIT};
            case 2 -> new Kind[] {Kind.READ};
            case 3 -> Kind.values();
            default -> COMMON;
        };
    }

    private Step step(Kind kind, String file) {
        String other = "";
        String path = file;
        switch (kind) {
            case RENAME, RENAME_NEW, EXCHANGE, LINK -> other = file();
            case MKDIR, RMDIR -> path = directory();
            case LIST -> path = chance.nextInt(3) == 0 ? "/" : directory();
            case STAT -> path = chance.nextInt(4) == 0 ? directory() : path;
            default -> {}
        }
        ids++;
        return new Step(
                ids,
                kind,
                path,
                other,
                Duration.ofMillis(chance.nextInt(pause())),
                kind.opens() ? Duration.ofMillis(chance.nextInt(hold())) : Duration.ZERO,
                kind.writes() && sizes.files() == 1 && chance.nextInt(4) == 0);
    }

    private String file() {
        return files.get(chance.nextInt(files.size()));
    }

    private String directory() {
        return DIRECTORIES.get(chance.nextInt(DIRECTORIES.size()));
    }

    private int pause() {
        return chance.nextInt(15) == 0 ? 5_000 : pauseMillis;
    }

    private int hold() {
        return chance.nextInt(3) == 0 ? 200 : chance.nextInt(12) == 0 ? 7_000 : 5;
    }
}
