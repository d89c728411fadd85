package holdfast.verify.simulation;

import holdfast.verify.simulation.Step.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes programs from seeds: few files, so that clients meet, in one of several styles. */
final class Generator {
    private static final List<String> FILES = List.of("/a", "/b", "/d/a", "/d/b", "/e/a", "/n");
    private static final List<String> DIRECTORIES = List.of("/d", "/e");
    private static final int STEPS_MAX = 14;
    private static final int CLIENTS_MAX = 3;
    private static final int PLOTS_ONE_IN = 3;

    private static final Duration LONG_DETOUR = Duration.ofMillis(200);

    private final SplittableRandom chance;
    private final Style style;
    private final List<String> files;
    private final Conditions conditions;
    private final int pauseMillis;
    private int ids;

    private Generator(SplittableRandom chance) {
        this.chance = chance;
        this.style = Style.any(chance);
        int from = style == Style.ANYTHING ? 0 : chance.nextInt(2);
        this.files = FILES.subList(from, from + style.files(chance, FILES.size()));
        this.pauseMillis = style.pauseMillis(chance);
        this.conditions = conditions();
    }

    static Program program(long seed) {
        SplittableRandom chance = new SplittableRandom(seed * 31 + 7);
        return chance.nextInt(PLOTS_ONE_IN) == 0 ? Plots.any(chance) : new Generator(chance).make();
    }

    private Conditions conditions() {
        boolean calm = style.isCalm(chance);
        Duration detour = style.detour(chance);
        return new Conditions(
                style.sizes(chance, calm),
                calm || detour.compareTo(LONG_DETOUR) > 0
                        ? Conditions.TIMEOUT
                        : style.timeout(chance),
                detour,
                style.pace(chance),
                chance.nextInt(6) == 0,
                calm);
    }

    private Program make() {
        List<List<Step>> clients = new ArrayList<>();
        int count = style == Style.LOCKS ? CLIENTS_MAX : 2 + chance.nextInt(CLIENTS_MAX - 1);
        for (int i = 0; i < count; i++) {
            clients.add(steps(style.kinds(i, chance)));
        }
        int spanMillis = STEPS_MAX * pauseMillis / 2;
        List<Fault> faults = conditions.calm()
                ? List.of()
                : new Faults(chance, style, conditions.sizes(), spanMillis).make();
        return new Program(style.name(), conditions, clients, faults);
    }

    private List<Step> steps(Kind[] kinds) {
        String favourite = file();
        boolean narrow = kinds.length != Kind.values().length && chance.nextBoolean();
        List<Step> steps = new ArrayList<>();
        int count = 3 + chance.nextInt(STEPS_MAX - 2);
        for (int i = 0; i < count; i++) {
            steps.add(step(kinds[chance.nextInt(kinds.length)], narrow ? favourite : file()));
        }
        return steps;
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
                lockWait(),
                kind.writes() && isLarge());
    }

    private boolean isLarge() {
        return style == Style.CHUNKS ? chance.nextInt(3) > 0 : chance.nextInt(8) == 0;
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
        return switch (style) {
            case LOCKS -> Style.one(chance, 5, 100, 500, 1_500, 3_000);
            default -> chance.nextInt(3) == 0 ? 200 : chance.nextInt(12) == 0 ? 7_000 : 5;
        };
    }

    private Duration lockWait() {
        boolean brief = style == Style.LOCKS && chance.nextInt(3) == 0;
        return brief ? Duration.ofMillis(chance.nextInt(6_000)) : Step.LOCK_WAIT;
    }
}
