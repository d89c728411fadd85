package holdfast.verify.simulation;

import holdfast.verify.simulation.Fault.Kind;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes what goes wrong: single faults, and those that are worst together. */
final class Faults {
    private static final int MACHINES = 60;
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
            Kind.STALL_STORES_CLIENT);
    private static final List<Kind> RESTARTS =
            List.of(Kind.KILL_SERVER, Kind.POWER_LOSS, Kind.ISOLATE_SERVER, Kind.PAUSE_SERVER);
    private static final List<Kind> STALLS = List.of(
            Kind.STALL_CLIENT, Kind.STALL_CLIENT, Kind.STALL_STORES_CLIENT, Kind.MUTE_CLIENT);

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
        switch (chance.nextInt(6)) {
            case 0, 1 -> restartWhileAway(locking());
            case 2 -> away(one(AWAY), 3_000 + chance.nextInt(6_000));
            case 3 -> away(Kind.MUTE_CLIENT, 4_000 + chance.nextInt(4_000));
            case 4 -> killedWhileAway();
            default -> any();
        }
    }

    private void forPromises() {
        switch (chance.nextInt(5)) {
            case 0, 1 -> away(one(STALLS), 200 + chance.nextInt(6_000));
            case 2 -> away(Kind.STALL_CLIENT, chance.nextInt(1_500));
            case 3 -> away(Kind.DEAFEN_CLIENT, 7_000 + chance.nextInt(3_000));
            default -> any();
        }
    }

    private void forTakeovers() {
        switch (chance.nextInt(5)) {
            case 0, 1, 2 -> restartWhileAway(files());
            case 3 -> add(one(RESTARTS), chance.nextInt(spanMillis), files(), lasting());
            default -> any();
        }
    }

    private void forChunks() {
        int at = chance.nextInt(spanMillis);
        switch (chance.nextInt(6)) {
            case 0, 1 -> add(Kind.POWER_LOSS, at, files(), lasting());
            case 2 -> add(Kind.WIPE_SERVER, at, files(), lasting());
            case 3 -> away(one(STALLS), 1_000 + chance.nextInt(4_000));
            case 4 -> add(Kind.POWER_LOSS_CLIENT, at, chance.nextInt(MACHINES), lasting());
            default -> any();
        }
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
        Kind kind = one(RESTARTS);
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
                chance.nextInt(MACHINES),
                Duration.ofMillis(lastsMillis)));
    }
}
