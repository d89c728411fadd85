package holdfast.server.files;

import static holdfast.server.files.TestingClient.failure;
import static holdfast.server.files.TestingClient.meanwhile;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.failure.FailureCode;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RetireVolume;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** How a volume ends: empty, and closed for all that would come. */
final class RetireVolumeTest {
    private static final RetireVolume IT =
            RetireVolume.newBuilder().setVolume(TestingServer.VOLUME).build();

    @TempDir
    Path folder;

    private TestingServer server;
    private TestingClient administrator;

    @BeforeEach
    void start() {
        server = new TestingServer(folder);
        administrator = server.client("root");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static Nothing retire(TestingClient client) {
        return client.change(FileMethods.RETIRE_VOLUME, IT);
    }

    private static FailureCode refusal(TestingClient client) {
        return failure(() -> retire(client)).code();
    }

    @Test
    void aVolumeThatHoldsSomethingStays() {
        administrator.mkdir("folder");
        assertThat(refusal(administrator)).isEqualTo(FailureCode.NOT_EMPTY);
        administrator.create("file", "kept");
        assertThat(administrator.read("file")).isEqualTo("kept");
    }

    @Test
    void nothingComesIntoARetiredOneAndRetiringItAgainIsSafe() {
        retire(administrator);
        assertThat(failure(() -> administrator.create("file", "late")).code())
                .isEqualTo(FailureCode.NOT_MINE);
        assertThat(administrator.walk().getStepsCount()).isZero();
        retire(administrator);
    }

    @Test
    void onlyAdministratorsRetire() {
        assertThat(refusal(server.client("anna"))).isEqualTo(FailureCode.DENIED);
        administrator.create("file", "still taken");
    }

    @Test
    void itIsAnsweredWhenWhoWasPromisedThatNothingIsThereHasBeenTold() {
        TestingClient reader = server.client("root");
        assertThat(reader.list(TestingClient.root()).getFolder().getEntriesPromised())
                .isTrue();
        CompletableFuture<Nothing> retired = meanwhile(() -> retire(administrator));
        Break told = reader.nextBreak();
        assertThat(retired).isNotDone();
        assertThat(told.getItems(0).getFile()).isEqualTo(TestingClient.root());
        reader.acknowledge(told.getNumber());
        assertThat(retired.join()).isEqualTo(Nothing.getDefaultInstance());
    }
}
