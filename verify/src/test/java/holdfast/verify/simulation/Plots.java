package holdfast.verify.simulation;

import holdfast.testkit.simulation.Pace;
import holdfast.verify.simulation.SimulatedCell.Sizes;
import holdfast.verify.simulation.Step.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;

/**
 * Programs in which nearly all is arranged for one kind of meeting: what has to come together for
 * it would seldom do so by chance alone. When each thing happens is left to chance.
 */
final class Plots {
    private static final List<String> PATHS = List.of("/a", "/b", "/d/a");
    private static final Duration BRIEF = Duration.ofMillis(1_500);

    private final SplittableRandom chance;
    private final String file;
    private final String other;
    private final List<List<Step>> clients = new ArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private Sizes sizes = new Sizes(1, 1, 1);
    private Duration timeout = Conditions.TIMEOUT;
    private Duration detour = Duration.ZERO;
    private Pace pace = Pace.USUAL;
    private int ids;

    private Plots(SplittableRandom chance) {
        this.chance = chance;
        int first = below(PATHS.size());
        this.file = PATHS.get(first);
        this.other = PATHS.get((first + 1) % PATHS.size());
    }

    static Program any(SplittableRandom chance) {
        return new Plots(chance).make();
    }

    private Program make() {
        timeout = below(3) == 0 ? BRIEF : Conditions.TIMEOUT;
        detour = Duration.ofMillis(one(0, 5, 20));
        pace = new Pace(one(20, 50, 100), Duration.ofMillis(one(6, 30, 100)));
        String about = switch (below(15)) {
            case 0, 1, 2 -> lateStore();
            case 3 -> lostGrant();
            case 4, 5 -> promisesOfBefore();
            case 6 -> lateAnswers();
            case 7 -> deafToBreaks();
            case 8 -> ownChanges();
            case 9 -> lostCopies();
            case 10 -> slowFetches();
            case 11 -> forgetfulMembers();
            case 12 -> lostTails();
            case 13 -> below(2) == 0 ? deafMembers() : slowDisks();
            default -> fullCaches();
        };
        Conditions conditions = new Conditions(sizes, timeout, detour, pace, below(3) == 0, false);
        return new Program(about, conditions, clients, faults);
    }

    // ---- locks ---------------------------------------------------------------------------------

    /**
     * Somebody who holds a lock is not heard while it stores; the lock passes on, perhaps by way of
     * one who does not get to the file either, or of another leader; then the store arrives.
     */
    private String lateStore() {
        sizes = new Sizes(1, one(1, 1, 3), one(1, 1, 3));
        StepList first = steps();
        shown(first);
        first.add(Kind.EDIT, file, 800 + below(300), below(one(5, 300, 1_500)));
        first.more(below(3), Kind.EDIT, file, 10, 5);
        clients.add(first.steps());
        for (int i = 0; i < 2; i++) {
            StepList next = steps();
            shown(next);
            next.pause(900 + below(1_000));
            next.more(below(2), Kind.EDIT, other, 300, 5);
            next.more(1 + below(3), Kind.EDIT, file, 20, one(5, 500, 2_000, 4_000));
            next.more(below(2), Kind.READ, file, 300, 0);
            clients.add(next.steps());
        }
        int at = 900 + below(800);
        int lasts = 3_000 + below(5_000);
        add(
                one(
                        Fault.Kind.MUTE_CLIENT,
                        Fault.Kind.MUTE_CLIENT,
                        Fault.Kind.MUTE_CLIENT,
                        Fault.Kind.STALL_STORES_CLIENT,
                        Fault.Kind.MUTE_FOR_LOCKS_CLIENT),
                at,
                0,
                lasts);
        switch (below(6)) {
            case 0, 1 -> add(Fault.Kind.KILL_SERVER, at + below(2_500), locking(), 20 + below(500));
            case 2 -> {
                timeout = BRIEF;
                int then = at + 2_000 + below(2_500);
                add(Fault.Kind.STALL_STORES_CLIENT, then, 1, 1_500 + below(4_000));
            }
            case 3 -> add(Fault.Kind.KILL_CLIENT, at + below(lasts), 0, below(3_000));
            default -> {}
        }
        return "late store";
    }

    /** Asks and what gives locks back are lost, in both directions or one. */
    private String lostGrant() {
        timeout = BRIEF;
        StepList first = steps();
        for (int i = 0; i < 8; i++) {
            first.pause(below(300));
            first.brief(Kind.EDIT, file, below(60), below(1_200));
        }
        clients.add(first.steps());
        for (int i = 0; i < 2; i++) {
            StepList next = steps();
            next.more(6, Kind.EDIT, file, 400, one(5, 200, 800));
            clients.add(next.steps());
        }
        for (int i = 0; i < 2; i++) {
            add(
                    one(
                            Fault.Kind.DEAFEN_CLIENT,
                            Fault.Kind.ISOLATE_CLIENT,
                            Fault.Kind.MUTE_CLIENT,
                            Fault.Kind.MUTE_FOR_LOCKS_CLIENT),
                    200 + below(2_000),
                    0,
                    300 + below(3_300));
        }
        return "lost grant";
    }

    // ---- promises ------------------------------------------------------------------------------

    /**
     * Readers who believe what they were promised, while others change it; a leader's end or not,
     * and readers who are slow to hear of either.
     */
    private String promisesOfBefore() {
        sizes = new Sizes(1, 1, one(1, 3, 3));
        pace = new Pace(one(20, 50, 100), Duration.ofMillis(one(6, 30, 100, 300)));
        detour = Duration.ofMillis(one(0, 20, 80));
        readers(1);
        writers(1 + below(2));
        int at = 300 + below(1_500);
        switch (below(3)) {
            case 0 -> add(Fault.Kind.KILL_SERVER, at, files(), 20 + below(500));
            case 1 -> {
                Fault.Kind away = one(Fault.Kind.PAUSE_SERVER, Fault.Kind.PART_SERVER);
                add(away, at, files(), 300 + below(3_700));
            }
            default -> {}
        }
        int slowAt = Math.max(0, at - below(500));
        switch (below(6)) {
            case 0 -> add(Fault.Kind.SLOW_CLIENT, slowAt, 0, 500 + below(6_000));
            case 1 -> add(Fault.Kind.SLOW_SERVER, slowAt, files(), 500 + below(3_000));
            case 2 -> add(Fault.Kind.FREEZE_CLIENT, slowAt, 0, 1_000 + below(14_000));
            case 3 -> add(Fault.Kind.STALL_CLIENT, slowAt, 0, 500 + below(6_000));
            default -> {
                int freezes = one(6, 40);
                for (int i = 0; i < freezes; i++) {
                    freeze(2_500, () -> 0, () -> freezes == 6 ? one(50, 500, 3_000) : one(30, 100));
                }
            }
        }
        if (below(3) == 0) {
            add(Fault.Kind.RESET_CLIENT, at, 1, 200 + below(3_000));
        }
        return "promises of before";
    }

    /**
     * Answers that come when what they promise was taken back: another leads, or the client was too
     * slow with something else and had to start anew.
     */
    private String lateAnswers() {
        detour = Duration.ofMillis(one(5, 20, 80));
        if (below(3) == 0) {
            sizes = new Sizes(1, 1, 3);
            readers(2);
            writers(1);
            add(Fault.Kind.PAUSE_SERVER, 300 + below(1_500), files(), 1_200 + below(2_800));
            return "late answers";
        }
        StepList reader = steps();
        StepList writer = steps();
        int pause = one(50, 300);
        for (int i = 0; i < 10; i++) {
            reader.add(Kind.READ, other, below(pause), 0);
            reader.add(Kind.READ, file, below(5), 0);
            writer.add(Kind.PUT, file, below(pause), 0);
            writer.add(Kind.PUT, other, below(pause), 0);
        }
        clients.add(reader.steps());
        clients.add(writer.steps());
        int at = 200;
        for (int i = 0; i < 3; i++) {
            at += below(500);
            int lasts = 2_000 + below(2_000);
            add(Fault.Kind.HOLD_ANSWERS_CLIENT, at, 0, lasts);
            int callbacks = 5 * below(8) + below(2);
            faults.add(fault(
                    Fault.Kind.FREEZE_CLIENT, at + below(300), 0, callbacks, 1_100 + below(900)));
            at += 3_000;
        }
        return "late answers";
    }

    /** A client that renews its lease, but hears of no break for longer than that. */
    private String deafToBreaks() {
        timeout = Conditions.TIMEOUT;
        readers(1);
        writers(2);
        add(Fault.Kind.FREEZE_CLIENT, 200 + below(1_000), 0, 1_000 + below(14_000));
        return "deaf to breaks";
    }

    /** Own changes that are carried out and not yet answered, when others build on them. */
    private String ownChanges() {
        for (int i = 0; i < 2 + below(2); i++) {
            StepList steps = steps();
            for (int j = 0; j < 12; j++) {
                switch (below(4)) {
                    case 0 -> steps.add(Kind.REMOVE, file, below(20), 0);
                    case 1 -> steps.two(one(Kind.RENAME, Kind.EXCHANGE), file, other, below(20));
                    default -> steps.add(one(Kind.PUT, Kind.CREATE), file, below(20), 1);
                }
            }
            clients.add(steps.steps());
        }
        for (int i = 0; i < 10; i++) {
            freeze(1_000, () -> below(clients.size()), () -> one(50, 300));
        }
        return "own changes";
    }

    private void constantly(Kind kind, int times) {
        for (String path : PATHS) {
            StepList steps = steps();
            steps.more(times, kind, path, 80, 0);
            clients.add(steps.steps());
        }
    }

    private void readers(int many) {
        int pause = one(3, 30, 300);
        for (int i = 0; i < many; i++) {
            StepList reader = steps();
            for (int j = 0; j < 20; j++) {
                Kind kind = below(6) == 0 ? Kind.LIST : Kind.READ;
                String path = kind == Kind.LIST ? "/" : below(3) == 0 ? other : file;
                reader.add(kind, path, below(pause), 0);
            }
            clients.add(reader.steps());
        }
    }

    private void writers(int many) {
        int pause = one(5, 50, 500);
        for (int i = 0; i < many; i++) {
            StepList writer = steps();
            for (int j = 0; j < 14; j++) {
                Kind kind = one(Kind.PUT, Kind.EDIT, Kind.CHMOD);
                writer.add(kind, chance.nextBoolean() ? other : file, below(pause), 2);
            }
            clients.add(writer.steps());
        }
    }

    // ---- contents ------------------------------------------------------------------------------

    /** Contents that only the leader has, and a leader who loses its disk. */
    private String lostCopies() {
        sizes = new Sizes(1, 1, 3);
        fill(2, 8, 200);
        int at = 300 + below(2_000);
        int lasts = 500 + below(4_000);
        int leader = files();
        add(Fault.Kind.STALL_COPIES_SERVER, at, leader, lasts);
        add(Fault.Kind.WIPE_SERVER, at + below(lasts), leader, 20 + below(1_000));
        return "lost copies";
    }

    /**
     * What one member has not heard of, when another loses what it has, or is gone: as much as a
     * group must bear, or a bit more than that.
     */
    private String lostTails() {
        sizes = new Sizes(1, 1, 3);
        detour = Duration.ofMillis(one(0, 20, 80));
        if (below(4) == 0) {
            readers(2);
        } else {
            writers(2);
        }
        int lasts = 300 + below(3_000);
        int at = 300 + below(1_500);
        int then = at + lasts - 100 + below(200);
        int first = below(3);
        int second = (first + 1 + below(2)) % 3;
        named(Fault.Kind.PART_SERVER, at, first, lasts);
        if (below(2) == 0) {
            named(Fault.Kind.SLOW_DISK_SERVER, at, second, lasts + 300);
            add(Fault.Kind.SLOW_DISK_SERVER, at, files(), lasts + 300);
        }
        Fault.Kind last = one(Fault.Kind.POWER_LOSS, Fault.Kind.WIPE_SERVER);
        named(last, then - below(100), second, 20 + below(300));
        Fault.Kind gone =
                one(Fault.Kind.POWER_LOSS, Fault.Kind.KILL_SERVER, Fault.Kind.PART_SERVER);
        named(gone, then, 3 - first - second, 300 + below(3_000));
        return "lost tails";
    }

    /**
     * One who does not hear the leader stands against it; of the locking servers, whose log stays
     * as it is.
     */
    private String deafMembers() {
        sizes = new Sizes(1, 3, 1);
        detour = Duration.ofMillis(one(0, 20, 80));
        constantly(Kind.EDIT, 60);
        int at = 500;
        for (int i = 0; i < 4; i++) {
            int lasts = 800 + below(2_000);
            int deaf = sizes.directory() + below(3);
            faults.add(fault(Fault.Kind.DEAFEN_TO_LEADER_SERVER, at, deaf, 0, lasts));
            at += lasts + below(1_000);
        }
        return "deaf members";
    }

    /** The power is lost where the disk is slower than those of the others. */
    private String slowDisks() {
        sizes = new Sizes(1, 1, 3);
        constantly(Kind.PUT, 40);
        int at = 100;
        for (int i = 0; i < 3; i++) {
            int lasts = 300 + below(1_200);
            int member = below(3);
            named(Fault.Kind.SLOW_DISK_SERVER, at, member, lasts);
            named(Fault.Kind.POWER_LOSS, at + lasts - 1, member, 20 + below(300));
            at += lasts + 300 + below(700);
        }
        return "slow disks";
    }

    /**
     * A member whose disk is slow loses power, twice the leader and then one that follows; with one
     * that was down it makes the next majority: who has the last entries is away.
     */
    private String forgetfulMembers() {
        sizes = new Sizes(1, 1, 3);
        StepList writer = steps();
        writer.more(80, Kind.PUT, file, 80, 0);
        clients.add(writer.steps());
        int at = 200;
        for (int i = 0; i < 3; i++) {
            int forgets = i < 2 ? 0 : 1;
            int lasts = 200 + below(400);
            leading(Fault.Kind.SLOW_DISK_SERVER, at, forgets, lasts);
            // What is sent to one who is only cut off would arrive later.
            leading(Fault.Kind.KILL_SERVER, at, 2, lasts + below(50));
            at += lasts;
            int away = 1_800 + below(700);
            Fault.Kind gone = one(Fault.Kind.KILL_SERVER, Fault.Kind.PART_SERVER);
            int down = 20 + below(100);
            if (forgets == 0) {
                leading(gone, at - 1, 1, away);
                leading(Fault.Kind.POWER_LOSS, at, 0, down);
            } else {
                leading(Fault.Kind.POWER_LOSS, at - 1, 1, down);
                leading(gone, at, 0, away);
            }
            at += away + 300 + below(300);
        }
        return "forgetful members";
    }

    /** Happens to the file server that leads, or one that comes so many after it. */
    private void leading(Fault.Kind kind, int at, int after, int lasts) {
        int way = after == 0 ? 1 : -after;
        faults.add(fault(kind, at, sizes.directory() + sizes.locking(), way, lasts));
    }

    /** Happens to just this file server, whoever leads. */
    private void named(Fault.Kind kind, int at, int member, int lasts) {
        int machine = sizes.directory() + sizes.locking() + member;
        faults.add(fault(kind, at, machine, 0, lasts));
    }

    /** Versions that are replaced while they are fetched, over slow ways. */
    private String slowFetches() {
        sizes = new Sizes(1, 1, one(1, 3));
        fill(1, 10, 100);
        StepList reader = steps();
        reader.more(10, Kind.READ, file, 200, 0);
        clients.add(reader.steps());
        add(
                one(Fault.Kind.SLOW_CLIENT, Fault.Kind.STALL_CLIENT, Fault.Kind.SLOW_SERVER),
                300 + below(500),
                clients.size() - 1,
                1_000 + below(6_000));
        return "slow fetches";
    }

    /** More contents than a cache holds, after a store that failed, and clients that end. */
    private String fullCaches() {
        timeout = BRIEF;
        StepList writer = steps();
        StepList reader = steps();
        reader.more(3, Kind.EDIT, file, 50, 200);
        reader.pause(below(2_000));
        for (int i = 0; i < 12; i++) {
            writer.large(Kind.PUT, "/x" + i, 0);
            reader.add(Kind.READ, "/x" + i, below(300), 0);
        }
        reader.more(1 + below(3), Kind.EDIT, one(file, other), 50, 200);
        clients.add(reader.steps());
        clients.add(writer.steps());
        Fault.Kind away = one(Fault.Kind.STALL_STORES_CLIENT, Fault.Kind.MUTE_CLIENT);
        add(away, 20 + below(200), 0, 1_600 + below(4_000));
        if (below(2) == 0) {
            Fault.Kind end = one(Fault.Kind.KILL_CLIENT, Fault.Kind.POWER_LOSS_CLIENT);
            add(end, 300 + below(4_000), 0, 100 + below(2_000));
        }
        return "full caches";
    }

    private void fill(int many, int steps, int pause) {
        for (int i = 0; i < many; i++) {
            StepList filler = steps();
            for (int j = 0; j < steps; j++) {
                String path = below(3) == 0 ? file : one("/a", "/b", "/d/a", "/d/b", "/e/a", "/n");
                filler.pause(below(pause));
                filler.large(one(Kind.PUT, Kind.PUT, Kind.EDIT), path, below(one(5, 5, 800)));
                if (below(3) == 0) {
                    filler.add(Kind.READ, path, 0, 0);
                }
            }
            clients.add(filler.steps());
        }
    }

    // ---- parts ---------------------------------------------------------------------------------

    /** It has had a lock in this epoch before, mostly. */
    private void shown(StepList steps) {
        if (below(4) > 0) {
            steps.add(Kind.EDIT, chance.nextBoolean() ? file : other, below(50), 2);
        }
    }

    private StepList steps() {
        return new StepList(chance, () -> ++ids);
    }

    /** A thread of a file server or of a client stands still. */
    private void freeze(int latest, IntSupplier client, IntSupplier lasts) {
        boolean server = chance.nextBoolean();
        add(
                server ? Fault.Kind.FREEZE_SERVER : Fault.Kind.FREEZE_CLIENT,
                50 + below(latest),
                server ? files() : client.getAsInt(),
                5 + below(lasts.getAsInt()));
    }

    private int locking() {
        return sizes.directory() + below(sizes.locking());
    }

    private int files() {
        return sizes.directory() + sizes.locking() + below(sizes.files());
    }

    private void add(Fault.Kind kind, int at, int machine, int lasts) {
        faults.add(fault(kind, at, machine, chance.nextInt(Faults.WAYS), lasts));
    }

    private static Fault fault(Fault.Kind kind, int at, int machine, int way, int lasts) {
        return new Fault(kind, Duration.ofMillis(at), machine, way, Duration.ofMillis(lasts));
    }

    private int below(int bound) {
        return chance.nextInt(bound);
    }

    @SafeVarargs
    private <T> T one(T... some) {
        return some[below(some.length)];
    }
}
