package holdfast.model.time;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The machine's clock since boot, suspend included: {@code CLOCK_BOOTTIME}, read with a call of the
 * C library that stays in user space (tens of nanoseconds). Where it can't be had (not Linux),
 * {@link System#nanoTime}, which may stop in suspend; then {@link #countsSuspend} is false, and
 * whoever starts the program says so once.
 */
public final class BootTicker implements Ticker {
    private static final int CLOCK_BOOTTIME = 7;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** A constant, so that the JIT compiles the call in. */
    private static final @Nullable MethodHandle CLOCK_GETTIME = clockGettime();

    private static final BootTicker SYSTEM = new BootTicker(isReadable());

    private final boolean countsSuspend;

    BootTicker(boolean countsSuspend) {
        this.countsSuspend = countsSuspend;
    }

    /** The one of this machine. */
    public static BootTicker system() {
        return SYSTEM;
    }

    /** Whether it runs on while the machine is suspended. */
    public boolean countsSuspend() {
        return countsSuspend;
    }

    @Override
    public long nanos() {
        return countsSuspend ? sinceBoot() : System.nanoTime();
    }

    private static boolean isReadable() {
        try {
            return CLOCK_GETTIME != null && sinceBoot() > 0;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private static long sinceBoot() {
        MethodHandle call = CLOCK_GETTIME;
        if (call == null) {
            throw new IllegalStateException("no clock_gettime here");
        }
        long[] timespec = new long[2];
        int result;
        try {
            result = (int) call.invokeExact(CLOCK_BOOTTIME, MemorySegment.ofArray(timespec));
        } catch (Throwable e) {
            throw new IllegalStateException("clock_gettime can't be called", e);
        }
        if (result != 0) {
            throw new IllegalStateException("clock_gettime refused CLOCK_BOOTTIME");
        }
        return timespec[0] * NANOS_PER_SECOND + timespec[1];
    }

    @SuppressWarnings("restricted")
    private static @Nullable MethodHandle clockGettime() {
        boolean linux = System.getProperty("os.name", "").equals("Linux");
        if (!linux || ValueLayout.ADDRESS.byteSize() != Long.BYTES) {
            return null;
        }
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor shape = FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
        return linker.defaultLookup()
                .find("clock_gettime")
                .map(at -> linker.downcallHandle(at, shape, Linker.Option.critical(true)))
                .orElse(null);
    }
}
