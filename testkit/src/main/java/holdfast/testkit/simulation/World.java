package holdfast.testkit.simulation;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A world of machines in virtual time, made from a seed. One at a time in a JVM, on one thread. */
public final class World {
    /** By how much a machine's clock may be wrong. */
    private static final double RATE_ERROR_MAX = 0.025;

    private static @Nullable World present;

    private final SplittableRandom chance;
    private final Schedule schedule;
    private final SimulatedNetwork network;
    private final Random random;
    private final List<Throwable> uncaught = new ArrayList<>();
    private @Nullable RunningProcess current;
    private int initializing;
    private Pace pace = Pace.USUAL;
    private final List<Host> hosts = new ArrayList<>();

    public World(long seed) {
        this.chance = new SplittableRandom(seed);
        this.schedule = new Schedule(chance.split());
        this.network = new SimulatedNetwork(schedule, chance.split());
        this.random = new Random(chance.nextLong());
        present = this;
        TimedWait.forget();
    }

    /** A new machine. */
    public Host host(String name) {
        double rate = 1 + (chance.nextDouble() * 2 - 1) * RATE_ERROR_MAX;
        String address = "127.0.0." + (hosts.size() + 2);
        Host host = new Host(this, name, address, rate, chance.nextLong(1L << 50));
        hosts.add(host);
        return host;
    }

    Host hostAt(InetSocketAddress address) {
        String wanted = address.getAddress().getHostAddress();
        return hosts.stream()
                .filter(host -> host.address().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no host at " + wanted));
    }

    public SimulatedNetwork network() {
        return network;
    }

    /** Virtual time since the beginning. */
    public Duration time() {
        return Duration.ofNanos(schedule.nanos());
    }

    /** A number that differs when two runs differ. */
    public long trace() {
        return schedule.trace();
    }

    /** How many things have happened. */
    public long steps() {
        return schedule.steps();
    }

    /** What threads of this world have died of. */
    public List<Throwable> uncaught() {
        return uncaught;
    }

    /** Lets {@code action} happen at a moment, outside all processes; it must not block. */
    public void after(Duration delay, Runnable action) {
        schedule.in(delay.toNanos(), action);
    }

    /** Runs until {@code over}, or nothing more can happen, or {@code most} virtual time passed. */
    public boolean run(BooleanSupplier over, Duration most) {
        long end = schedule.nanos() + most.toNanos();
        while (!over.getAsBoolean()) {
            if (schedule.nanos() > end || !schedule.step()) {
                return false;
            }
        }
        return true;
    }

    /** One class more, or less, is being initialized. */
    void initializing(int more) {
        initializing += more;
    }

    boolean isInitializing() {
        return initializing > 0;
    }

    Schedule schedule() {
        return schedule;
    }

    /** Chance for whoever builds a world. */
    public Random random() {
        return initializing > 0 ? new Random(0) : random;
    }

    /** How threads get on, where nothing else is said of their process. */
    public void pace(Pace usual) {
        pace = usual;
    }

    /** How long a thread of {@code process} stands still before it takes a lock; mostly 0. */
    long standsStill(RunningProcess process) {
        if (initializing > 0) {
            return 0;
        }
        long frozen = process.frozenNanos();
        return frozen > 0 ? frozen : process.pace().orElse(pace).standsStill(chance);
    }

    /** Whether a thread should let others go first now. */
    boolean yields(int oneIn) {
        return initializing == 0 && chance.nextInt(oneIn) == 0;
    }

    void perform(RunningProcess process, Runnable work) {
        current = process;
        try {
            work.run();
        } finally {
            current = null;
        }
    }

    <T> T as(RunningProcess process, Supplier<T> question) {
        RunningProcess before = current;
        current = process;
        try {
            return question.get();
        } finally {
            current = before;
        }
    }

    /** The process whose thread asks; empty outside all. */
    static @Nullable RunningProcess current() {
        World world = present;
        return world == null ? null : world.current;
    }

    static RunningProcess process() {
        RunningProcess process = current();
        if (process == null) {
            throw new IllegalStateException("outside the simulated world");
        }
        return process;
    }
}
