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
            Kind.MUTE_CLIENT);
    private static final List<Kind> RESTARTS =
            List.of(Kind.KILL_SERVER, Kind.POWER_LOSS, Kind.ISOLATE_SERVER, Kind.PAUSE_SERVER);

    private final SplittableRandom chance;
    private final SimulatedCell.Sizes sizes;
    private final int spanMillis;
    private final List<Fault> faults = new ArrayList<>();

    Faults(SplittableRandom chance, SimulatedCell.Sizes sizes, int spanMillis) {
        this.chance = chance;
        this.sizes = sizes;
        this.spanMillis = Math.max(200, spanMillis);
    }

    List<Fault> make() {
        int count = 1 + chance.nextInt(3);
        for (int i = 0; i < count; i++) {
            switch (chance.nextInt(5)) {
                case 0 -> restartWhileAway(files());
                case 1 -> restartWhileAway(locking());
                case 2 -> clientAway();
                default -> any();
            }
        }
        return faults;
    }

    private void any() {
        Kind kind = one(ALL);
        add(kind, chance.nextInt(spanMillis), chance.nextInt(MACHINES), lasting());
    }

    private void clientAway() {
        Kind kind = one(OF_CLIENTS);
        add(kind, chance.nextInt(spanMillis), chance.nextInt(MACHINES), lasting());
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
