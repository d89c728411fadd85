package holdfast.verify.benchmarks;

import holdfast.model.chunk.ChunkSource;
import holdfast.model.chunk.Chunker;
import holdfast.model.chunk.Contents;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** 64 MiB cut into chunks and named, beside hashing alone; operations a second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class Cutting {
    private final byte[] bytes = new byte[64 << 20];

    /** Fills the bytes. */
    public Cutting() {
        new Random(1).nextBytes(bytes);
    }

    /** Cuts and hashes. */
    @Benchmark
    public Contents cutAndHash() throws IOException {
        return Chunker.cut(new InMemory(bytes));
    }

    /** Hashes only. */
    @Benchmark
    public byte[] hashOnly() throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    private static final class InMemory implements ChunkSource {
        private final byte[] bytes;

        InMemory(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public int read(ByteBuffer into, long position) {
            int count = (int) Math.min(into.remaining(), bytes.length - position);
            into.put(bytes, (int) position, count);
            return count;
        }
    }
}
