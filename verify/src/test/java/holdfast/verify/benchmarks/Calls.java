package holdfast.verify.benchmarks;

import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.proto.Fetch;
import holdfast.wire.proto.FetchReply;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.TcpServer;
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.Transport.Answered;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Calls over TCP on this machine: a small one, and one that brings 16 MiB; microseconds each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class Calls {
    private static final int BULK = 16 << 20;
    private static final Method<Fetch, FetchReply> ASK = method(900, "ask");
    private static final Method<Fetch, FetchReply> BRING = method(901, "bring");

    private final Ticker ticker = BootTicker.system();
    private final RequestHeader header =
            RequestHeader.newBuilder().setClient(1).setRequest(1).build();
    private final TcpTransport transport = new TcpTransport();
    private final Path file;
    private final TcpServer server;

    /** Starts a server. */
    public Calls() {
        file = bulkFile();
        server = TcpServer.startAnywhere(Service.of(Role.FILES, () -> 1)
                .on(ASK, call -> Service.Reply.of(FetchReply.getDefaultInstance()))
                .on(
                        BRING,
                        call -> new Service.Reply<>(
                                FetchReply.newBuilder().setBytes(BULK).build(),
                                Bulk.ofFile(file, 0, BULK)))
                .build());
    }

    private static Path bulkFile() {
        try {
            return Files.write(Files.createTempFile("holdfast", "bulk"), new byte[BULK]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Method<Fetch, FetchReply> method(int kind, String name) {
        return new Method<>(kind, Role.FILES, name, false, 0, Fetch.parser(), FetchReply.parser());
    }

    /** Stops it. */
    @TearDown
    public void stop() throws IOException {
        transport.close();
        server.close();
        Files.delete(file);
    }

    /** Asks and gets an empty answer. */
    @Benchmark
    public Answered<FetchReply> small() {
        return transport.call(
                server.address(), ASK, header, Fetch.getDefaultInstance(), seconds(10));
    }

    /** Asks and gets 16 MiB. */
    @Benchmark
    public Answered<FetchReply> bulk() {
        ByteBuffer none = ByteBuffer.allocate(0);
        return transport.call(
                server.address(),
                BRING,
                header,
                Fetch.getDefaultInstance(),
                Bulk.Source.NONE,
                (in, length) -> Bulk.receive(in, length, none::compareTo),
                seconds(10));
    }

    private Deadline seconds(int count) {
        return Deadline.in(Duration.ofSeconds(count), ticker);
    }
}
