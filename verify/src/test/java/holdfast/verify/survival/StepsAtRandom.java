package holdfast.verify.survival;

import holdfast.verify.simulation.Step;
import holdfast.verify.simulation.Step.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What a client does: mostly reads and edits, few enough files that clients meet. Whole files are
 * put often enough that what edits add stays short.
 */
final class StepsAtRandom {
    /** More than any client does. */
    private static final int IDS = 1_000_000;

    private static final List<String> DIRECTORIES = List.of("/d", "/e");
    private static final List<String> FILES = List.of(
            "/a", "/b", "/c", "/n", "/d/a", "/d/b", "/d/c", "/d/n", "/e/a", "/e/b", "/e/c", "/e/n");
    static final int PAUSE_MILLIS_MAX = 300;
    private static final int LONG_HOLD_MILLIS_MAX = 5_000;
    private static final int HOLD_MILLIS_MAX = 20;
    private static final int LONG_HOLD_EVERY = 100;
    private static final int LARGE_EVERY = 8;
    private static final Map<Kind, Integer> WEIGHTS = weights();

    private final Random random;
    private int id;

    StepsAtRandom(int client, Random random) {
        this.random = random;
        this.id = client * IDS;
    }

    private static Map<Kind, Integer> weights() {
        Map<Kind, Integer> weights = new EnumMap<>(Kind.class);
        weights.put(Kind.READ, 35);
        weights.put(Kind.EDIT, 20);
        weights.put(Kind.TRY_EDIT, 2);
        weights.put(Kind.PUT, 10);
        weights.put(Kind.PUT_NEW, 2);
        weights.put(Kind.CREATE, 3);
        weights.put(Kind.REMOVE, 2);
        weights.put(Kind.RENAME, 2);
        weights.put(Kind.RENAME_NEW, 1);
        weights.put(Kind.EXCHANGE, 2);
        weights.put(Kind.LINK, 1);
        weights.put(Kind.MKDIR, 1);
        weights.put(Kind.RMDIR, 1);
        weights.put(Kind.CHMOD, 3);
        weights.put(Kind.LIST, 5);
        weights.put(Kind.STAT, 10);
        return weights;
    }

    /** The next step. */
    Step next() {
        Kind kind = kind();
        return step(
                kind,
                switch (kind) {
                    case MKDIR, RMDIR -> one(DIRECTORIES);
                    case LIST -> random.nextInt(3) == 0 ? "/" : one(DIRECTORIES);
                    default -> one(FILES);
                },
                switch (kind) {
                    case RENAME, RENAME_NEW, EXCHANGE, LINK -> one(FILES);
                    default -> "";
                },
                Duration.ofMillis(random.nextInt(PAUSE_MILLIS_MAX)),
                Duration.ofMillis(
                        random.nextInt(LONG_HOLD_EVERY) == 0
                                ? random.nextInt(LONG_HOLD_MILLIS_MAX)
                                : random.nextInt(HOLD_MILLIS_MAX)));
    }

    private Step step(Kind kind, String path, String other, Duration pause, Duration hold) {
        id++;
        boolean large = kind.writes() && random.nextInt(LARGE_EVERY) == 0;
        return new Step(id, kind, path, other, pause, kind.opens() ? hold : Duration.ZERO, large);
    }

    private Kind kind() {
        int left = random.nextInt(
                WEIGHTS.values().stream().mapToInt(Integer::intValue).sum());
        for (Map.Entry<Kind, Integer> each : WEIGHTS.entrySet()) {
            left -= each.getValue();
            if (left < 0) {
                return each.getKey();
            }
        }
        throw new IllegalStateException("no kind");
    }

    private String one(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** What looks at everything, and finds every lock free. */
    List<Step> all() {
        List<Step> all = new ArrayList<>();
        all.add(now(Kind.LIST, "/"));
        DIRECTORIES.forEach(path -> all.add(now(Kind.LIST, path)));
        for (String path : FILES) {
            all.add(now(Kind.STAT, path));
            all.add(now(Kind.READ, path));
            all.add(now(Kind.TRY_EDIT, path));
            all.add(now(Kind.READ, path));
        }
        return all;
    }

    private Step now(Kind kind, String path) {
        return step(kind, path, "", Duration.ZERO, Duration.ZERO);
    }
}
