package holdfast.verify.simulation;

import holdfast.verify.simulation.Fault.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes what goes wrong: single faults, and those that are worst together. */
final class Faults {
    private static final int MACHINES = 60;
    static final int WAYS = 10_080;
    private static final List<Kind> ALL = List.of(Kind.values());
    private static final List<Kind> OF_CLIENTS =
            ALL.stream().filter(Kind::isOfClient).toList();
    private static final List<Kind> AWAY = List.of(
            Kind.PAUSE_CLIENT,
            Kind.SUSPEND_CLIENT,
            Kind.ISOLATE_CLIENT,
            Kind.DEAFEN_CLIENT,
            Kind.MUTE_CLIENT,
            Kind.STALL_CLIENT,
            Kind.STALL_STORES_CLIENT,
            Kind.SLOW_CLIENT,
            Kind.MUTE_FOR_LOCKS_CLIENT);
    private static final List<Kind> RESTARTS = List.of(
            Kind.KILL_SERVER,
            Kind.POWER_LOSS,
            Kind.ISOLATE_SERVER,
            Kind.PART_SERVER,
            Kind.PAUSE_SERVER);
    private static final List<Kind> RESTARTS_ALONE =
            List.of(Kind.KILL_SERVER, Kind.KILL_SERVER, Kind.POWER_LOSS, Kind.ISOLATE_SERVER);
    private static final List<Kind> STALLS = List.of(
            Kind.STALL_CLIENT, Kind.STALL_CLIENT, Kind.STALL_STORES_CLIENT, Kind.MUTE_CLIENT);

    private static final List<Kind> MUTE =
            List.of(Kind.MUTE_CLIENT, Kind.MUTE_CLIENT, Kind.MUTE_FOR_LOCKS_CLIENT);
    private static final List<Kind> UNHEARING =
            List.of(Kind.DEAFEN_CLIENT, Kind.DEAFEN_CLIENT, Kind.STALL_CLIENT, Kind.SLOW_CLIENT);

    private final SplittableRandom chance;
    private final Style style;
    private final SimulatedCell.Sizes sizes;
    private final int spanMillis;
    private final List<Fault> faults = new ArrayList<>();

    Faults(SplittableRandom chance, Style style, SimulatedCell.Sizes sizes, int spanMillis) {
        this.chance = chance;
        this.style = style;
        this.sizes = sizes;
        this.spanMillis = Math.max(200, spanMillis);
    }

    List<Fault> make() {
        int count = 1 + chance.nextInt(3);
        for (int i = 0; i < count; i++) {
            switch (style) {
                case ANYTHING -> anything();
                case LOCKS -> forLocks();
                case PROMISES -> forPromises();
                case TAKEOVERS -> forTakeovers();
                case CHUNKS -> forChunks();
                case NAMES -> forNames();
            }
        }
        return faults;
    }

    private void anything() {
        switch (chance.nextInt(5)) {
            case 0 -> restartWhileAway(files());
            case 1 -> restartWhileAway(locking());
            case 2 -> clientAway();
            default -> any();
        }
    }

    private void forLocks() {
        switch (chance.nextInt(10)) {
            case 0, 1 -> restartWhileAway(locking());
            case 2 -> away(one(AWAY), 3_000 + chance.nextInt(6_000));
            case 3 -> lateStore();
            case 4 -> succession();
            case 5 -> killedWhileAway();
            case 6 -> slowClient();
            case 7 -> away(Kind.STALL_STORES_CLIENT, 1_500 + chance.nextInt(3_500));
            case 8 -> lateStoreAfterTakeover();
            default -> any();
        }
    }

    /** What a client stores while nobody hears it arrives when another holds its lock. */
    private void lateStore() {
        away(one(MUTE), 4_200 + chance.nextInt(2_500));
    }

    /** The same, of a lock that another leader of the locking service does not know of. */
    private void lateStoreAfterTakeover() {
        int at = chance.nextInt(spanMillis);
        add(one(MUTE), at, chance.nextInt(MACHINES), 4_500 + chance.nextInt(3_000));
        int restart = at + chance.nextInt(1_500);
        add(Kind.KILL_SERVER, restart, locking(), 20 + chance.nextInt(500));
    }

    /** The same, and the one who got the lock next does not reach the file servers either. */
    private void succession() {
        int at = chance.nextInt(spanMillis);
        int client = chance.nextInt(MACHINES);
        add(Kind.MUTE_CLIENT, at, client, 4_200 + chance.nextInt(2_500));
        int next = at + 3_500 + chance.nextInt(1_000);
        add(Kind.STALL_STORES_CLIENT, next, client + 1, 1_000 + chance.nextInt(5_000));
    }

    private void forPromises() {
        switch (chance.nextInt(8)) {
            case 0, 1 -> away(one(STALLS), 200 + chance.nextInt(6_000));
            case 2 -> away(Kind.STALL_CLIENT, chance.nextInt(1_500));
            case 3 -> away(Kind.DEAFEN_CLIENT, 7_000 + chance.nextInt(3_000));
            case 4, 5 -> breaksLost();
            case 6 -> slowClient();
            default -> any();
        }
    }

    /** Breaks do not get through to one client, then its connections are reset, or another's. */
    private void breaksLost() {
        int at = chance.nextInt(spanMillis);
        int client = chance.nextInt(MACHINES);
        int lasts = 500 + chance.nextInt(3_000);
        add(one(UNHEARING), at, client, lasts);
        boolean same = chance.nextBoolean();
        int reset = same ? lasts - 1 : chance.nextInt(lasts);
        add(Kind.RESET_CLIENT, at, same ? client : client + 1, reset);
    }

    /** A client's threads stand still in turns, or a server's. */
    private void slowClient() {
        Kind kind = chance.nextInt(4) == 0 ? Kind.SLOW_SERVER : Kind.SLOW_CLIENT;
        int machine = kind == Kind.SLOW_SERVER ? files() : chance.nextInt(MACHINES);
        add(kind, chance.nextInt(spanMillis), machine, 500 + chance.nextInt(6_000));
    }

    private void forNames() {
        switch (chance.nextInt(6)) {
            case 0 -> away(Kind.RESET_CLIENT, 100 + chance.nextInt(3_000));
            case 1 -> away(one(STALLS), 200 + chance.nextInt(4_000));
            case 2 -> breaksLost();
            case 3 -> restartWhileAway(files());
            default -> slowClient();
        }
    }

    private void forTakeovers() {
        switch (chance.nextInt(7)) {
            case 0, 1, 2 -> restartWhileAway(files());
            case 3 -> add(one(RESTARTS), chance.nextInt(spanMillis), files(), lasting());
            case 4 -> slowClient();
            case 5 -> lostWhileBehind();
            default -> any();
        }
    }

    private void forChunks() {
        int at = chance.nextInt(spanMillis);
        switch (chance.nextInt(9)) {
            case 0, 1 -> add(Kind.POWER_LOSS, at, files(), lasting());
            case 2 -> add(Kind.WIPE_SERVER, at, files(), lasting());
            case 3 -> away(one(STALLS), 1_000 + chance.nextInt(4_000));
            case 4 -> add(Kind.POWER_LOSS_CLIENT, at, chance.nextInt(MACHINES), lasting());
            case 5 -> restartWhileAway(files());
            case 6 -> copiesLate();
            case 7 -> lostWhileBehind();
            default -> any();
        }
    }

    /** The leader's disk is lost when what it sent to others has not arrived. */
    private void copiesLate() {
        int at = chance.nextInt(spanMillis);
        int lasts = 500 + chance.nextInt(4_000);
        int leader = files();
        add(Kind.STALL_COPIES_SERVER, at, leader, lasts);
        add(Kind.WIPE_SERVER, at + chance.nextInt(lasts), leader, 20 + chance.nextInt(1_000));
    }

    /** A member comes back that lacks entries, when one that has them goes. */
    private void lostWhileBehind() {
        int at = chance.nextInt(spanMillis);
        int lasts = 500 + chance.nextInt(2_500);
        add(one(List.of(Kind.ISOLATE_SERVER, Kind.PART_SERVER)), at, files(), lasts);
        Kind lost = one(List.of(Kind.WIPE_SERVER, Kind.KILL_SERVER));
        int then = at + lasts - 200 + chance.nextInt(400);
        add(lost, then, files(), 20 + chance.nextInt(2_000));
    }

    private void away(Kind kind, int lastsMillis) {
        add(kind, chance.nextInt(spanMillis), chance.nextInt(MACHINES), lastsMillis);
    }

    private void any() {
        Kind kind = one(ALL);
        add(kind, chance.nextInt(spanMillis), chance.nextInt(MACHINES), lasting());
    }

    private void clientAway() {
        Kind kind = one(OF_CLIENTS);
        add(kind, chance.nextInt(spanMillis), chance.nextInt(MACHINES), lasting());
    }

    /** A client dies while nothing gets through to it or from it. */
    private void killedWhileAway() {
        int at = chance.nextInt(spanMillis);
        int client = chance.nextInt(MACHINES);
        add(one(STALLS), at, client, 1_000 + chance.nextInt(5_000));
        add(Kind.KILL_CLIENT, at + chance.nextInt(4_000), client, lasting());
    }

    /** A client is away while a server starts again, or another comes to lead. */
    private void restartWhileAway(int server) {
        int at = chance.nextInt(spanMillis);
        Kind away = one(AWAY);
        add(away, at, chance.nextInt(MACHINES), 500 + chance.nextInt(7_000));
        boolean alone = server < sizes.directory() + sizes.locking()
                ? sizes.locking() == 1
                : sizes.files() == 1;
        Kind kind = one(alone ? RESTARTS_ALONE : RESTARTS);
        add(kind, at + chance.nextInt(1_000), server, 20 + chance.nextInt(600));
    }

    private Kind one(List<Kind> kinds) {
        return kinds.get(chance.nextInt(kinds.size()));
    }

    private int files() {
        return sizes.directory() + sizes.locking() + chance.nextInt(sizes.files());
    }

    private int locking() {
        return sizes.directory() + chance.nextInt(sizes.locking());
    }

    private int lasting() {
        return chance.nextInt(3) == 0 ? chance.nextInt(15_000) : chance.nextInt(2_500);
    }

    private void add(Kind kind, int atMillis, int machine, int lastsMillis) {
        faults.add(new Fault(
                kind,
                Duration.ofMillis(atMillis),
                machine,
                chance.nextInt(WAYS),
                Duration.ofMillis(lastsMillis)));
    }
}
