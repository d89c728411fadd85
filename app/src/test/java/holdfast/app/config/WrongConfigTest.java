package holdfast.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** Whatever is wrong with a configuration is said in one line: file, line, what was expected. */
final class WrongConfigTest {
    @TempDir
    Path folder;

    private static String refused(Path file, Function<Path, ?> read) {
        FailureException e = catchThrowableOfType(FailureException.class, () -> read.apply(file));
        assertThat(e).as("nothing is wrong").isNotNull();
        assertThat(e.code()).isEqualTo(FailureCode.MISCONFIGURED);
        assertThat(e.failure().toString()).startsWith(file.toString()).doesNotContain("\n");
        return e.failure().toString().substring(file.toString().length());
    }

    private String servers(String text) throws IOException {
        return refused(Files.writeString(folder.resolve("servers.json"), text), ServersFile::read);
    }

    private String fileServer(String text) throws IOException {
        return refused(Files.writeString(folder.resolve("fs.json"), text), FileServerConfig::read);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"directory_server\":            | , line 1: not JSON: ",
                "{\"directory_server\": 8002}      | , line 1: \"directory_server\" must be a"
                        + " string or",
                "{\"directory_server\": {}}        | , line 1: \"directory_server\" must be a"
                        + " string or",
                "{\"directory_server\": [8002]}    | , line 1: \"directory_server\" must be a list"
                        + " of",
                "{\"directory_server\": \"h\"}     | , line 1: not an address: 'h' (expected"
                        + " host:port)",
                "{\"directory_server\": \"h:0\"}   | , line 1: not an address: 'h:0' (expected",
                "{\"directory_server\": \"h:x\"}   | , line 1: not an address: 'h:x' (expected",
                "{\"directory_server\": []}        | , line 1: \"directory_server\" is missing;"
                        + " expected",
                "{}                                | , line 1: \"directory_server\" is missing;"
                        + " expected",
                "[]                                | , line 1: expected an object: { ... }",
                "{} {}                             | , line 1: something follows the object",
                "{\"directory\": \"h:1\"}          | , line 1: unknown key \"directory\"; expected"
                        + " directory_server, ",
            })
    void aServersFileIsRefusedWithItsLineAndWhatWasExpected(String text, String why)
            throws IOException {
        assertThat(servers(text)).startsWith(why);
    }

    @Test
    void anEmptyFileIsNoObject() throws IOException {
        assertThat(servers("")).isEqualTo(", line 1: expected an object: { ... }");
    }

    @Test
    void theLineIsThatOfTheFault() throws IOException {
        assertThat(servers("""
            {
              "directory_server": "127.0.0.1:8002",
              "locking_server": "127.0.0.1:none"
            }
            """)).startsWith(", line 3: not an address: '127.0.0.1:none'");
    }

    @Test
    void aKeyThatStandsThereTwiceIsRefused() throws IOException {
        assertThat(servers("""
            {"directory_server": "127.0.0.1:8002",
             "directory_server": "127.0.0.1:8003"}
            """)).isEqualTo(", line 2: \"directory_server\" stands there twice");
    }

    @Test
    void aKeyOfNoUseIsNamedWithThoseThatAre() throws IOException {
        assertThat(fileServer("""
            {
              "serving_dirs": ["/etc"],
              "directory_server": "127.0.0.1:8002",
              "file_root": "./root"
            }
            """))
                .isEqualTo(", line 4: unknown key \"file_root\"; expected serving_dirs,"
                        + " directory_server, files_root, zone");
    }

    @Test
    void aZoneThatCanNotBeIsNamedWithTheRule() throws IOException {
        assertThat(fileServer("""
            {"serving_dirs": [], "directory_server": "127.0.0.1:8002", "files_root": "./root",
             "zone": "rack 1"}
            """))
                .isEqualTo(", line 2: a zone's name has from 1 to 64 letters, digits, dots, dashes"
                        + " and underscores");
    }

    @Test
    void aReplicaThatWouldNeverCatchUpIsRefused() {
        FileServerConfig config = new FileServerConfig(
                List.of(), List.of(), Path.of("root"), Optional.empty(), OptionalLong.empty());
        assertThatThrownBy(() -> config.catchingUp(0))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("64KiB a second or more");
        assertThat(config.catchingUp(1 << 20).catchUpBytesASecond()).hasValue(1 << 20);
    }

    @Test
    void aMissingKeyIsNamedWithAnExample() throws IOException {
        assertThat(fileServer("{\"serving_dirs\": [], \"directory_server\": \"127.0.0.1:8002\"}"))
                .isEqualTo(", line 1: \"files_root\" is missing; expected something like"
                        + " \"./fs1_root\"");
        assertThat(fileServer("{\"serving_dirs\": [], \"files_root\": \"./fs1_root\"}"))
                .isEqualTo(", line 1: \"directory_server\" is missing; expected"
                        + " \"http://127.0.0.1:8002/\"");
    }

    @Test
    void aListWhereOneStringBelongsIsRefused() throws IOException {
        assertThat(fileServer("""
            {"directory_server": "127.0.0.1:8002",
             "files_root": ["a", "b"]}
            """)).isEqualTo(", line 2: \"files_root\" must be one string");
    }

    @Test
    void aServedDirectoryMustBeAPathOfTheCell() throws IOException {
        assertThat(fileServer("""
            {"directory_server": "127.0.0.1:8002", "files_root": "./root",
             "serving_dirs": ["/etc", "/home/../etc"]}
            """))
                .isEqualTo(", line 2: /home/../etc: '..' can't be part of a path");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThat(refused(folder.resolve("none.json"), ServersFile::read))
                .isEqualTo(": no such file; expected a JSON file");
    }

    @Test
    void aFolderIsNoFile() {
        assertThat(refused(folder, FileServerConfig::read)).startsWith(": can't be read: ");
    }

    @Test
    void bytesThatAreNoTextAreRefused() throws IOException {
        Path file = Files.write(folder.resolve("bytes.json"), new byte[] {'{', (byte) 0xff, '}'});
        assertThat(refused(file, ServersFile::read)).startsWith(": ");
    }

    @Test
    void aHugeFileIsNotRead() throws IOException {
        Path file = Files.write(folder.resolve("huge.json"), new byte[(1 << 20) + 1]);
        assertThat(refused(file, ServersFile::read))
                .isEqualTo(": larger than 1 MiB; expected a small JSON file");
    }
}
