package holdfast.testkit.simulation;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;

/**
 * What simulated code calls in place of the platform's clocks, waits, threads, chance and sockets.
 * Public because that code, loaded by {@link SimulatedLoader}, calls it; nobody else does.
 */
public final class Instead {
    /** One in so many times a thread lets others go first before it takes a lock. */
    private static final int YIELDS_ONE_IN = 6;

    private static volatile @Nullable FileStore fileStore;

    private Instead() {}

    /** A class begins to be initialized. */
    public static void initializing() {
        RunningProcess process = World.current();
        if (process != null) {
            process.host().world().initializing(1);
        }
    }

    /** It is initialized. */
    public static void initialized() {
        RunningProcess process = World.current();
        if (process != null) {
            process.host().world().initializing(-1);
        }
    }

    // ---- clocks --------------------------------------------------------------------------------

    @InPlaceOf(value = System.class, isStatic = true)
    public static long nanoTime() {
        return World.process().host().read();
    }

    @InPlaceOf(value = System.class, isStatic = true)
    public static long currentTimeMillis() {
        return World.process().host().wallMillis();
    }

    @InPlaceOf(value = Clock.class, isStatic = true)
    public static Clock systemUTC() {
        return new HostClock();
    }

    // ---- waits ---------------------------------------------------------------------------------

    @InPlaceOf(Condition.class)
    public static long awaitNanos(Condition condition, long nanos) throws InterruptedException {
        Host host = World.process().host();
        long end = host.nanos() + nanos;
        TimedWait.upTo(nanos, condition::await);
        return end - host.nanos();
    }

    @InPlaceOf(Condition.class)
    public static boolean await(Condition condition, long time, TimeUnit unit)
            throws InterruptedException {
        return TimedWait.upTo(unit.toNanos(time), condition::await);
    }

    @InPlaceOf(CountDownLatch.class)
    public static boolean await(CountDownLatch latch, long time, TimeUnit unit)
            throws InterruptedException {
        return latch.getCount() == 0 || TimedWait.upTo(unit.toNanos(time), latch::await);
    }

    @InPlaceOf(Semaphore.class)
    public static boolean tryAcquire(Semaphore semaphore, long time, TimeUnit unit)
            throws InterruptedException {
        return tryAcquire(semaphore, 1, time, unit);
    }

    @InPlaceOf(Semaphore.class)
    public static boolean tryAcquire(Semaphore semaphore, int permits, long time, TimeUnit unit)
            throws InterruptedException {
        return semaphore.tryAcquire(permits)
                || TimedWait.upTo(unit.toNanos(time), () -> semaphore.acquire(permits));
    }

    @InPlaceOf({ReentrantLock.class, Lock.class})
    public static boolean tryLock(Lock lock, long time, TimeUnit unit) throws InterruptedException {
        return lock.tryLock() || TimedWait.upTo(unit.toNanos(time), lock::lockInterruptibly);
    }

    @InPlaceOf({CompletableFuture.class, Future.class})
    public static @Nullable Object get(Future<?> future, long time, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        CountDownLatch done = new CountDownLatch(1);
        if (!future.isDone()) {
            var unused = ((CompletableFuture<?>) future)
                    .whenComplete((value, failure) -> done.countDown());
            if (!TimedWait.upTo(unit.toNanos(time), done::await)) {
                throw new TimeoutException();
            }
        }
        return future.get();
    }

    @InPlaceOf(StampedLock.class)
    public static long tryWriteLock(StampedLock lock, long time, TimeUnit unit)
            throws InterruptedException {
        long[] stamp = {lock.tryWriteLock()};
        if (stamp[0] == 0) {
            TimedWait.upTo(unit.toNanos(time), () -> stamp[0] = lock.writeLockInterruptibly());
        }
        return stamp[0];
    }

    @InPlaceOf(Thread.class)
    public static boolean join(Thread thread, Duration time) throws InterruptedException {
        return TimedWait.upTo(time.toNanos(), thread::join);
    }

    @InPlaceOf(value = Thread.class, isStatic = true)
    public static void sleep(long millis) throws InterruptedException {
        sleep(TimeUnit.MILLISECONDS, millis);
    }

    @InPlaceOf(value = Thread.class, isStatic = true)
    public static void sleep(Duration time) throws InterruptedException {
        sleep(TimeUnit.NANOSECONDS, time.toNanos());
    }

    @InPlaceOf(TimeUnit.class)
    public static void sleep(TimeUnit unit, long time) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        TimedWait.upTo(unit.toNanos(time), never::await);
    }

    @InPlaceOf(value = LockSupport.class, isStatic = true)
    public static void parkNanos(long nanos) {
        Thread me = Thread.currentThread();
        Schedule.Event alarm = TimedWait.alarm(nanos, () -> LockSupport.unpark(me));
        LockSupport.park();
        alarm.cancel();
    }

    /** A lock is where another thread may come between. */
    @InPlaceOf({ReentrantLock.class, Lock.class})
    public static void lock(Lock lock) {
        RunningProcess process = World.current();
        if (process != null) {
            standStill(process);
        }
        lock.lock();
    }

    /**
     * Others go first: what is a hint elsewhere is the scheduler's rule here. Now and then for
     * longer.
     */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void standStill(RunningProcess process) {
        World world = process.host().world();
        long nanos = world.standsStill(process);
        if (nanos > 0) {
            parkNanos(nanos);
        } else if (world.yields(YIELDS_ONE_IN)) {
            Thread.yield();
        }
    }

    @InPlaceOf(Thread.class)
    public static void interrupt(Thread thread) {
        TimedWait.interrupted(thread);
        thread.interrupt();
    }

    // ---- threads -------------------------------------------------------------------------------

    @InPlaceOf(value = Thread.class, isStatic = true)
    public static Thread.Builder.OfVirtual ofVirtual() {
        return VirtualThreads.on(World.process());
    }

    @InPlaceOf(value = Executors.class, isStatic = true)
    public static ScheduledExecutorService newSingleThreadScheduledExecutor(ThreadFactory threads) {
        return new SimulatedTimer();
    }

    // ---- chance --------------------------------------------------------------------------------

    @InPlaceOf(value = UUID.class, isStatic = true)
    public static UUID randomUUID() {
        Random random = World.process().host().world().random();
        return new UUID(random.nextLong(), random.nextLong());
    }

    /** Typed as what {@link SimulatedLoader} makes of its callers. */
    @InPlaceOf(value = ThreadLocalRandom.class, isStatic = true)
    public static Random current() {
        return World.process().host().world().random();
    }

    // ---- files ----------------------------------------------------------------------------------

    /** A real file; what a killed process has locked is free again. */
    @InPlaceOf(value = FileChannel.class, isStatic = true)
    public static FileChannel openFile(Path path, OpenOption... options) throws IOException {
        return owned(FileChannel.open(path, options));
    }

    @InPlaceOf(value = FileChannel.class, isStatic = true)
    public static FileChannel openFile(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        return owned(FileChannel.open(path, options, attributes));
    }

    /** All simulated folders are on one file system, which is looked up once. */
    @InPlaceOf(value = Files.class, isStatic = true)
    public static FileStore getFileStore(Path path) throws IOException {
        FileStore known = fileStore;
        if (known == null) {
            known = Files.getFileStore(path);
            fileStore = known;
        }
        return known;
    }

    private static FileChannel owned(FileChannel channel) {
        RunningProcess process = World.current();
        if (process != null) {
            process.keeps(() -> {
                try {
                    channel.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        return channel;
    }

    // ---- sockets -------------------------------------------------------------------------------

    @InPlaceOf(value = SocketChannel.class, isStatic = true)
    public static SocketChannel openSocket() throws IOException {
        RunningProcess process = World.process();
        return new SimulatedSocket(process.host().world().network(), process);
    }

    @InPlaceOf(value = ServerSocketChannel.class, isStatic = true)
    public static ServerSocketChannel openListener() throws IOException {
        RunningProcess process = World.process();
        return new SimulatedListener(process.host().world().network(), process);
    }
}
