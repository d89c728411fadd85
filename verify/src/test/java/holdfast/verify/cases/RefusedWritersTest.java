package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenRequest;
import holdfast.client.files.Stat;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;
import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.RegisterClient;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpTransport;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Who may not write, or has no lock, changes nothing. */
@ExtendWith(SharedCell.class)
class RefusedWritersTest {
    private static final byte[] BEFORE = "before".getBytes(StandardCharsets.UTF_8);

    private static void denied(ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        CellException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.DENIED));
    }

    @Test
    void aFileOfAnotherUserIsNotOpenedForWriting(ProcessCell cell) throws CellException {
        CellPath path = CellPath.parse("/home/of-the-owner");
        try (Cell owner = cell.connect("cache-owner");
                Cell other = Cell.connect(
                        cell.options("cache-other").withCaller("other", List.of("other")))) {
            owner.write(path, BEFORE, PutOptions.standard());
            assertThat(other.read(path, 100)).isEqualTo(BEFORE);
            denied(() -> other.open(path, OpenRequest.write()));
            denied(() -> other.write(path, new byte[0], PutOptions.standard()));
            assertThat(other.read(path, 100)).isEqualTo(BEFORE);
            assertThat(owner.read(path, 100)).isEqualTo(BEFORE);
            assertThat(owner.stat(path).dataVersion()).isEqualTo(1);
        }
    }

    @Test
    void aStoreSentWithoutTheLockIsRefused(ProcessCell cell) throws CellException {
        CellPath path = CellPath.parse("/home/without-lock");
        try (Cell owner = cell.connect("cache-lock");
                TcpTransport transport = new TcpTransport()) {
            owner.write(path, BEFORE, PutOptions.standard());
            Address leader = leaderOf(owner, "/home");
            RequestHeader header = RequestHeader.newBuilder()
                    .setCaller(Caller.newBuilder().setUser("root").addGroups("root"))
                    .build();
            long client = transport
                    .call(
                            leader,
                            FileMethods.REGISTER_CLIENT,
                            header,
                            RegisterClient.getDefaultInstance(),
                            soon())
                    .message()
                    .getClient();
            RequestHeader numbered = header.toBuilder()
                    .setClient(client)
                    .setRequest(1)
                    .setLowestOpen(1)
                    .build();
            assertThatThrownBy(() -> transport.call(
                            leader, FileMethods.STORE, numbered, forged(owner.stat(path)), soon()))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.code()).isEqualTo(FailureCode.FENCED));
            assertThat(owner.read(path, 100)).isEqualTo(BEFORE);
        }
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(10), BootTicker.system());
    }

    private static Address leaderOf(Cell cell, String volume) throws CellException {
        String group = cell.administration().volumes().stream()
                .filter(info -> info.path().toString().equals(volume))
                .findFirst()
                .orElseThrow()
                .group();
        return cell.administration().members().stream()
                .filter(member -> member.group().equals(group) && member.leads())
                .map(member -> Address.parse(member.address()))
                .findFirst()
                .orElseThrow();
    }

    private static Store forged(Stat stat) {
        return Store.newBuilder()
                .setFile(stat.file().value())
                .setBaseVersion(stat.dataVersion())
                .setToken(Token.newBuilder()
                        .setFile(stat.file().value())
                        .setMode(LockMode.EXCLUSIVE)
                        .setEpoch(Long.MAX_VALUE >> 1)
                        .setNumber(1)
                        .setSession(1))
                .setContents(Contents.getDefaultInstance())
                .build();
    }
}
