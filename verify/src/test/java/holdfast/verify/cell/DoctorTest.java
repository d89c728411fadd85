package holdfast.verify.cell;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.ProcessCell.Server;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;

/** What the doctor says of whole and of broken cells. */
final class DoctorTest {
    @TempDir
    Path folder;

    @Test
    void aWholeCellIsFitAndAKilledServerIsNamedWithWhatToDo() {
        try (ProcessCell cell = ProcessCell.start(folder)) {
            assertThat(cell.done("doctor"))
                    .contains("ok    java:", "ok    cache:")
                    .contains("ok    directory server " + cell.directory() + ": answers")
                    .contains("ok    locking server 127.0.0.1:" + cell.port(Server.LOCKING))
                    .contains("ok    file server 127.0.0.1:" + cell.port(Server.FILES_2))
                    .contains("ok    volumes: 3 served")
                    .doesNotContain("BAD");
            cell.kill(Server.FILES_2);
            LocalProcess doctor = cell.run("doctor");
            assertThat(doctor.awaitEnd()).isEqualTo(2);
            assertThat(doctor.out())
                    .contains("BAD   file server 127.0.0.1:" + cell.port(Server.FILES_2))
                    .contains("holdfast servers forget");
        }
    }

    @Test
    void withoutServersItSaysHowToStartThem() {
        ProcessCell cell = ProcessCell.configured(folder);
        LocalProcess doctor = cell.run("doctor");
        assertThat(doctor.awaitEnd()).isEqualTo(2);
        assertThat(doctor.out())
                .contains("BAD   directory server " + cell.directory())
                .contains("start it: 'holdfast serve'", "or correct servers.json");
    }

    @Test
    void aStrangerAtTheAddressIsNoServer() throws IOException {
        ProcessCell cell = ProcessCell.configured(folder);
        try (ServerSocket silent = new ServerSocket(
                cell.port(Server.DIRECTORY), 1, InetAddress.getLoopbackAddress())) {
            assertThat(silent.isBound()).isTrue();
            LocalProcess doctor = cell.run("doctor");
            assertThat(doctor.awaitEnd()).isEqualTo(2);
            assertThat(doctor.out())
                    .contains("BAD   directory server " + cell.directory() + ": ")
                    .contains("did not answer in time");
        }
    }

    @Test
    void aBadServersFileIsOneFinding() {
        ProcessCell cell = ProcessCell.configured(folder);
        cell.write("servers.json", "{\"directory\": \"x\"}");
        LocalProcess doctor = cell.run("doctor", "--json");
        assertThat(doctor.awaitEnd()).isEqualTo(2);
        assertThat(doctor.out())
                .contains("\"subject\":\"servers file\",\"health\":\"bad\"")
                .contains("unknown key");
    }
}
