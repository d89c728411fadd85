package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of the system, run in a folder. */
final class Programs {
    private static final int PATIENCE_SECONDS = 30;

    private final Path folder;

    Programs(Path folder) {
        this.folder = folder;
    }

    /** What a program that succeeds says. */
    String run(String... command) {
        Ended ended = ended(command);
        assertThat(ended.status()).as("%s: %s", List.of(command), ended.said()).isZero();
        return ended.said();
    }

    /** The same for a line of shell. */
    String shell(String line) {
        return run("sh", "-ec", line);
    }

    /** The command that runs {@code main} of a class in a process of its own. */
    static String[] java(Class<?> type, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                System.getProperty("java.class.path"),
                type.getName()));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    Ended ended(String... command) {
        return end(start(command));
    }

    Process start(String... command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("LC_ALL", "C.UTF-8");
            return builder.directory(folder.toFile()).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Ended end(Process process) {
        try (var output = process.getInputStream()) {
            process.getOutputStream().close();
            String said = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            return new Ended(process.exitValue(), said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * How a program ended.
     *
     * @param status 0 for success
     * @param said on both outputs
     */
    record Ended(int status, String said) {}
}
