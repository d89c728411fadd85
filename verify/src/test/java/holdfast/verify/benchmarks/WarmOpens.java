package holdfast.verify.benchmarks;

import holdfast.app.cell.OneProcessCell;
import holdfast.app.cell.Surroundings;
import holdfast.client.files.Cell;
import holdfast.client.files.CellOptions;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.client.files.Stat;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ProcessCell;
import holdfast.wire.transport.Address;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/** A cached file of 4 KiB opened, read and closed; beside it the same on a local file. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"
        })
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class WarmOpens {
    private static final CellPath FILE = CellPath.parse("/file");

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
    private final Path folder;
    private final Path local;
    private final OneProcessCell servers;
    private final Cell cell;

    /** Starts a cell with one file. */
    public WarmOpens() {
        try {
            folder = Files.createTempDirectory("holdfast-warm");
            local = Files.write(folder.resolve("local"), new byte[4096]);
            servers = OneProcessCell.start(
                    free(),
                    free(),
                    free(),
                    folder.resolve("data"),
                    Surroundings.ofThisMachine("-"));
            String directory = servers.servers().getFirst().address().toString();
            cell = Cell.connect(CellOptions.at(directory).withCache(folder.resolve("cache")));
            cell.write(FILE, new byte[4096], Cell.PutOptions.standard());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Address free() {
        return new Address("127.0.0.1", ProcessCell.freePort());
    }

    /** Stops it. */
    @TearDown
    public void stop() {
        cell.close();
        servers.close();
    }

    /** Through the API. */
    @Benchmark
    public int ofTheCell() throws IOException {
        try (OpenFile file = cell.open(FILE, OpenRequest.read())) {
            return file.channel().read(buffer.clear());
        }
    }

    /** By java.nio. */
    @Benchmark
    public int ofTheLocalDisk() throws IOException {
        try (FileChannel file = FileChannel.open(local, StandardOpenOption.READ)) {
            return file.read(buffer.clear());
        }
    }

    /** What is at the path. */
    @Benchmark
    public Stat stat() throws IOException {
        return cell.stat(FILE);
    }
}
