package holdfast.verify.simulation;

import holdfast.testkit.simulation.Pace;
import holdfast.verify.simulation.Step.Kind;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/** What a program is about: each brings about other meetings of clients, messages and faults. */
enum Style {
    /** A bit of all. */
    ANYTHING,
    /** Writers of one or two files, who die, stall and give up waiting. */
    LOCKS,
    /** Readers while something changes, over ways of different lengths. */
    PROMISES,
    /** Other leaders, while clients are away. */
    TAKEOVERS,
    /** Contents outside the log, and their collection. */
    CHUNKS,
    /** Changes of the same few names by all. */
    NAMES;

    private static final Kind[] COMMON = {
        Kind.READ, Kind.READ, Kind.READ, Kind.EDIT, Kind.EDIT, Kind.EDIT, Kind.STAT, Kind.LIST
    };
    private static final Kind[] READING = {Kind.READ, Kind.READ, Kind.READ, Kind.STAT, Kind.LIST};
    private static final Kind[] LOCKING = {
        Kind.EDIT,
        Kind.EDIT,
        Kind.EDIT,
        Kind.EDIT,
        Kind.TRY_EDIT,
        Kind.RASH_EDIT,
        Kind.PUT,
        Kind.READ
    };
    private static final Kind[] REPLACING = {
        Kind.EXCHANGE, Kind.EXCHANGE, Kind.RENAME, Kind.PUT, Kind.EDIT, Kind.EDIT
    };
    private static final Kind[] CHANGING = {
        Kind.PUT, Kind.EDIT, Kind.CHMOD, Kind.RENAME, Kind.REMOVE, Kind.CREATE, Kind.LINK
    };
    private static final Kind[] FILLING = {
        Kind.EDIT, Kind.EDIT, Kind.PUT, Kind.READ, Kind.READ, Kind.LINK, Kind.REMOVE
    };

    static Style any(SplittableRandom chance) {
        return List.of(
                        ANYTHING, LOCKS, LOCKS, LOCKS, PROMISES, PROMISES, TAKEOVERS, TAKEOVERS,
                        CHUNKS, NAMES)
                .get(chance.nextInt(10));
    }

    /** What client {@code number} does. */
    Kind[] kinds(int number, SplittableRandom chance) {
        return switch (this) {
            case ANYTHING -> anything(chance);
            case LOCKS -> number == 0 && chance.nextInt(3) == 0 ? REPLACING : LOCKING;
            case PROMISES -> number > 0 && chance.nextInt(4) > 0 ? READING : changing(chance);
            case TAKEOVERS -> chance.nextInt(3) == 0 ? READING : COMMON;
            case CHUNKS -> FILLING;
            case NAMES -> chance.nextInt(3) == 0 ? CHANGING : REPLACING;
        };
    }

    private static Kind[] anything(SplittableRandom chance) {
        return switch (chance.nextInt(6)) {
            case 0 -> READING;
            case 1 -> new Kind[] {Kind.EDIT};
            case 2 -> new Kind[] {Kind.READ};
            case 3 -> Kind.values();
            default -> COMMON;
        };
    }

    private static Kind[] changing(SplittableRandom chance) {
        return switch (chance.nextInt(3)) {
            case 0 -> new Kind[] {Kind.PUT, Kind.EDIT, Kind.CHMOD};
            case 1 -> CHANGING;
            default -> REPLACING;
        };
    }

    /** How many different files, at most {@code most}. */
    int files(SplittableRandom chance, int most) {
        return switch (this) {
            case ANYTHING -> 1 + chance.nextInt(chance.nextBoolean() ? 2 : most);
            case LOCKS -> one(chance, 1, 1, 2);
            case CHUNKS, NAMES -> 1 + chance.nextInt(2);
            case PROMISES, TAKEOVERS -> 1 + chance.nextInt(3);
        };
    }

    /** The usual pause between steps. */
    int pauseMillis(SplittableRandom chance) {
        return switch (this) {
            case ANYTHING -> one(chance, 10, 60, 400);
            case LOCKS -> one(chance, 5, 40, 200);
            case PROMISES, NAMES -> one(chance, 2, 10, 40);
            case TAKEOVERS -> one(chance, 20, 100, 400);
            case CHUNKS -> one(chance, 20, 200, 800);
        };
    }

    /** By how much longer some ways take. */
    Duration detour(SplittableRandom chance) {
        int millis = switch (this) {
            case ANYTHING -> one(chance, 0, 0, 20);
            case LOCKS -> one(chance, 0, 20, 700);
            case PROMISES, NAMES -> one(chance, 5, 20, 80);
            case TAKEOVERS -> one(chance, 0, 20, 80);
            case CHUNKS -> one(chance, 0, 80, 700);
        };
        return Duration.ofMillis(millis);
    }

    /** How threads get on. */
    Pace pace(SplittableRandom chance) {
        int oneIn = one(chance, 10, 20, 50, 100);
        int millis = switch (this) {
            case ANYTHING, CHUNKS -> one(chance, 6, 6, 30);
            case LOCKS -> one(chance, 6, 30, 200);
            case PROMISES, NAMES -> one(chance, 30, 100, 300, 1_000);
            case TAKEOVERS -> one(chance, 6, 30, 100, 300);
        };
        return new Pace(oneIn, Duration.ofMillis(millis));
    }

    /** The timeout of a client's calls. */
    Duration timeout(SplittableRandom chance) {
        boolean brief = this != CHUNKS && chance.nextInt(3) == 0;
        return brief ? Duration.ofMillis(1_500) : Conditions.TIMEOUT;
    }

    /** Whether nothing goes wrong. */
    boolean isCalm(SplittableRandom chance) {
        return chance.nextInt(
                        switch (this) {
                            case ANYTHING, PROMISES, CHUNKS, NAMES -> 3;
                            case LOCKS, TAKEOVERS -> 10;
                        })
                == 0;
    }

    SimulatedCell.Sizes sizes(SplittableRandom chance, boolean calm) {
        boolean three = this == TAKEOVERS ? chance.nextInt(4) > 0 : chance.nextInt(10) > 5;
        if (calm || !three) {
            return new SimulatedCell.Sizes(1, 1, this == CHUNKS && calm ? 3 : 1);
        }
        int many = chance.nextInt(8) == 0 ? 5 : 3;
        return switch (this) {
            case LOCKS -> new SimulatedCell.Sizes(1, many, 1);
            case CHUNKS, PROMISES, NAMES -> new SimulatedCell.Sizes(1, 1, many);
            case ANYTHING, TAKEOVERS ->
                switch (chance.nextInt(4)) {
                    case 0 -> new SimulatedCell.Sizes(1, many, 1);
                    case 1 -> new SimulatedCell.Sizes(3, 3, 3);
                    default -> new SimulatedCell.Sizes(1, 1, many);
                };
        };
    }

    static int one(SplittableRandom chance, int... numbers) {
        return numbers[chance.nextInt(numbers.length)];
    }
}
