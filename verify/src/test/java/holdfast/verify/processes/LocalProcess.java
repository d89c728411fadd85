package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.testkit.environment.Requires;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A process whose output goes to two files, so that it never waits for a reader. */
public final class LocalProcess implements AutoCloseable {
    private static final Path LAUNCHER =
            Path.of("..", "holdfast").toAbsolutePath().normalize();
    private static final Duration DIES = Duration.ofSeconds(30);
    private static final Duration ENDS = Duration.ofMinutes(2);

    private final Process process;
    private final Path out;
    private final Path err;

    private LocalProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Starts {@code holdfast} with {@code arguments} in {@code folder}, its home too. */
    public static LocalProcess holdfast(
            Path folder, Map<String, String> environment, List<String> arguments) {
        return holdfast(List.of(), folder, environment, arguments);
    }

    /** The same, on a machine; see {@link Machines.Machine#here}. */
    public static LocalProcess holdfast(
            List<String> there,
            Path folder,
            Map<String, String> environment,
            List<String> arguments) {
        List<String> command = new ArrayList<>(there);
        command.add(LAUNCHER.toString());
        command.addAll(arguments);
        return start(folder, environment, command);
    }

    /** Starts the main method of one of the tests' classes. */
    public static LocalProcess java(Path folder, Class<?> main, List<String> arguments) {
        return java(List.of(), folder, main, arguments);
    }

    /** The same, on a machine; see {@link Machines.Machine#here}. */
    public static LocalProcess java(
            List<String> there, Path folder, Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>(there);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(arguments);
        return start(folder, Map.of(), command);
    }

    /** Starts a program of the machine, such as {@code diff}. */
    public static LocalProcess program(Path folder, String... command) {
        return program(folder, Map.of(), command);
    }

    /** The same, with more {@code environment}. */
    public static LocalProcess program(
            Path folder, Map<String, String> environment, String... command) {
        return start(folder, environment, List.of(command));
    }

    private static LocalProcess start(
            Path folder, Map<String, String> environment, List<String> command) {
        try {
            Path out = Files.createTempFile(folder, "said", ".out");
            Path err = Files.createTempFile(folder, "said", ".err");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().put("HOLDFAST_BUILD", "never");
            builder.environment().put("HOME", folder.toString());
            builder.environment().keySet().removeIf(name -> name.startsWith("XDG_"));
            builder.environment().putAll(environment);
            return new LocalProcess(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that it printed so far. */
    public String out() {
        return text(out);
    }

    /** What it printed so far but for the first {@code skipped} bytes. */
    public byte[] outAfter(long skipped) {
        try (InputStream in = Files.newInputStream(out)) {
            in.skipNBytes(skipped);
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that it printed to standard error so far. */
    public String err() {
        return text(err);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has printed {@code text}. */
    public void awaitOut(String text) {
        awaitOut(text, ENDS);
    }

    /** The same, for at most {@code limit}. */
    public void awaitOut(String text, Duration limit) {
        await(text, limit, this::out);
    }

    /** Waits until it has printed {@code text} to standard error. */
    public void awaitErr(String text) {
        await(text, ENDS, this::err);
    }

    private void await(String text, Duration limit, Supplier<String> said) {
        Awaitility.await(text).atMost(limit).pollInterval(Duration.ofMillis(20)).until(() -> {
            boolean alive = process.isAlive();
            if (said.get().contains(text)) {
                return true;
            }
            assertThat(alive).as("ended: " + out() + err()).isTrue();
            return false;
        });
    }

    /** Waits for its end; its exit code. */
    public int awaitEnd() {
        return awaitEnd(ENDS);
    }

    /** The same, for at most {@code limit}. */
    public int awaitEnd(Duration limit) {
        try {
            assertThat(process.waitFor(limit.toSeconds(), TimeUnit.SECONDS))
                    .as("it does not end: " + out() + err())
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return process.exitValue();
    }

    /**
     * Waits for its end, which must be one with {@code code} and one line, without a stack trace;
     * that line.
     */
    public String awaitRefusal(int code) {
        int ended = awaitEnd();
        String said = err();
        assertThat(said).doesNotContain("\tat ").startsWith("holdfast: ");
        assertThat(said.strip().lines()).hasSize(1);
        assertThat(ended).as(said).isEqualTo(code);
        return said.strip();
    }

    /** The memory that it takes, where Linux tells. */
    public long residentBytes() {
        Path status = Requires.readable(Path.of("/proc/" + process.pid() + "/status"));
        return text(status)
                        .lines()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum()
                << 10;
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** SIGTERM, and waits for its end; its exit code. */
    public int stop() {
        process.destroy();
        return awaitEnd();
    }

    /** SIGKILL; it is gone when this returns. */
    public void kill() {
        process.destroyForcibly();
        awaitDeath();
    }

    /** SIGSTOP: it stands still, with its sockets open. */
    public void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void goOn() {
        signal("CONT");
    }

    /** From now on, writing behind this position of any file fails. */
    public void limitFileSize(long bytes) {
        run("prlimit", "--pid", String.valueOf(process.pid()), "--fsize=" + bytes);
    }

    private void signal(String name) {
        run("kill", "-" + name, String.valueOf(process.pid()));
    }

    private static void run(String... command) {
        try {
            Process sent = new ProcessBuilder(command).start();
            assertThat(sent.waitFor()).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** SIGTERM, then SIGKILL. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(DIES.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        awaitDeath();
    }

    private void awaitDeath() {
        try {
            assertThat(process.waitFor(DIES.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
