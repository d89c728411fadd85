package holdfast.verify.benchmarks;

import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.server.locking.Ask;
import holdfast.server.locking.Held;
import holdfast.server.locking.LockTable;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** A lock granted and given back beside 100,000 that are held; nanoseconds. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class Grants {
    private static final int HELD = 100_000;
    private static final int SESSIONS = 10_000;
    private static final long FILES = FileId.rootOf(1).value() + 1;
    private static final long FREE = FILES + HELD;

    private final LockTable table = new LockTable(1, true);
    private long request = HELD;

    /** Grants the locks that stay. */
    public Grants() {
        for (int i = 0; i < HELD; i++) {
            granted(i % SESSIONS, i, FILES + i);
        }
    }

    private FencingToken granted(long session, long number, long file) {
        Ask ask = new Ask(
                new Ask.Key(session, number),
                file,
                holdfast.model.lock.Mode.EXCLUSIVE,
                "/home/file",
                0);
        return table.ask(ask).orElseThrow().token();
    }

    /** One lock, there and back. */
    @Benchmark
    public List<Held> grantAndRelease() {
        request++;
        FencingToken token = granted(1, request, FREE);
        return table.release(1, FREE, token);
    }
}
