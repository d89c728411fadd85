package holdfast.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Address;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a client looks for its cell, the first place that says something first. */
final class ServersFileTest {
    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private Path here;

    @BeforeEach
    void home() throws IOException {
        here = Files.createDirectory(folder.resolve("here"));
        environment.put("HOME", folder.resolve("home").toString());
    }

    private static Path write(Path file, int port) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "{\"directory_server\": \"127.0.0.1:" + port + "\"}");
    }

    private ServersFile found(Optional<Path> given) {
        return ServersFile.find(given, environment, here);
    }

    private int port() {
        return found(Optional.empty()).directoryServers().getFirst().port();
    }

    @Test
    void withoutAnyFileItIsTheDefaultLocalAddress() {
        ServersFile file = found(Optional.empty());
        assertThat(file.directoryServers()).containsExactly(new Address("127.0.0.1", 8002));
        assertThat(file.lockingServers()).isEmpty();
        assertThat(file.origin()).contains("no servers file");
    }

    @Test
    void eachPlaceGoesBeforeTheNext() throws IOException {
        write(folder.resolve("home/.config/holdfast/servers.json"), 1);
        assertThat(port()).isEqualTo(1);
        environment.put("XDG_CONFIG_HOME", folder.resolve("xdg").toString());
        write(folder.resolve("xdg/holdfast/servers.json"), 2);
        assertThat(port()).isEqualTo(2);
        write(here.resolve("servers.json"), 3);
        assertThat(port()).isEqualTo(3);
        environment.put(
                "HOLDFAST_SERVERS", write(folder.resolve("named.json"), 4).toString());
        assertThat(port()).isEqualTo(4);
        Path given = write(folder.resolve("given.json"), 5);
        ServersFile file = found(Optional.of(given));
        assertThat(file.directoryServers()).containsExactly(new Address("127.0.0.1", 5));
        assertThat(file.origin()).isEqualTo(given.toString());
    }

    @Test
    void aFileThatWasNamedMustBeThere() {
        environment.put("HOLDFAST_SERVERS", folder.resolve("gone.json").toString());
        assertThatThrownBy(this::port)
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("gone.json: no such file");
    }

    @Test
    void anEmptyVariableNamesNothing() {
        environment.put("HOLDFAST_SERVERS", "");
        environment.put("XDG_CONFIG_HOME", "");
        assertThat(port()).isEqualTo(8002);
    }

    @Test
    void aServerMayBeAnAddressOrAList() throws IOException {
        Path file = Files.writeString(here.resolve("servers.json"), """
            {"directory_server": ["http://127.0.0.1:1/", "[::1]:2"], "locking_server": "h:3"}
            """);
        ServersFile read = ServersFile.read(file);
        assertThat(read.directoryServers())
                .isEqualTo(List.of(new Address("127.0.0.1", 1), new Address("::1", 2)));
        assertThat(read.lockingServers()).containsExactly(new Address("h", 3));
    }

    @Test
    void whatIsWrittenForClientsCanBeRead() throws IOException {
        Address directory = new Address("127.0.0.1", 10);
        Address locking = new Address("127.0.0.1", 11);
        Path file = Files.writeString(
                here.resolve("written.json"), ServersFile.text(directory, locking));
        ServersFile read = ServersFile.read(file);
        assertThat(read.directoryServers()).containsExactly(directory);
        assertThat(read.lockingServers()).containsExactly(locking);
    }
}
