package holdfast.testkit.simulation;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A machine of the simulated world: an address, a clock of its own rate, and the processes that run
 * on it. Suspended, its clock runs on and nothing else does.
 */
public final class Host {
    /** The wall clock's time at the beginning of the world: some day in 2026. */
    private static final long WALL_MILLIS_START = 1_790_000_000_000L;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private static final long LOOK_NANOS = 100;

    private final World world;
    private final String name;
    private final String address;
    private final double rate;
    private final long startNanos;
    private final Set<RunningProcess> processes = new LinkedHashSet<>();
    private long wallOffsetMillis;
    private boolean suspended;

    Host(World world, String name, String address, double rate, long startNanos) {
        this.world = world;
        this.name = name;
        this.address = address;
        this.rate = rate;
        this.startNanos = startNanos;
    }

    public String name() {
        return name;
    }

    /** Its numeric address. */
    public String address() {
        return address;
    }

    /** Starts a process, which begins with {@code main}. */
    public RunningProcess start(String program, Runnable main) {
        RunningProcess process = new RunningProcess(this, program);
        processes.add(process);
        process.thread("main", main).start();
        return process;
    }

    /** Its clock since boot, suspend included. */
    public long nanos() {
        return startNanos + (long) (world.schedule().nanos() * rate);
    }

    /** The same; looking takes time, so who only looks at the clock sees it go on. */
    long read() {
        if (!world.isInitializing()) {
            world.schedule().pass(LOOK_NANOS);
        }
        return nanos();
    }

    /** Its time of day. */
    public long wallMillis() {
        return WALL_MILLIS_START
                + wallOffsetMillis
                + (long) (world.schedule().nanos() * rate) / NANOS_PER_MILLI;
    }

    /** How long {@code nanos} on its clock take in the world. */
    long inWorld(long nanos) {
        return (long) (nanos / rate);
    }

    /** Somebody sets its wall clock. */
    public void jump(Duration by) {
        wallOffsetMillis += by.toMillis();
    }

    /** Its lid is closed: nothing runs, nothing arrives. */
    public void suspend() {
        suspended = true;
    }

    public void resume() {
        suspended = false;
        world.network().changed();
        processes.forEach(RunningProcess::wake);
    }

    boolean isSuspended() {
        return suspended;
    }

    public World world() {
        return world;
    }

    void ended(RunningProcess process) {
        processes.remove(process);
    }

    @Override
    public String toString() {
        return name;
    }
}
