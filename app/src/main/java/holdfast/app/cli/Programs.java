package holdfast.app.cli;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Programs of this installation as processes of their own; their lines are shown and can be waited
 * for.
 */
final class Programs implements AutoCloseable {
    private static final Duration STOP = Duration.ofSeconds(10);

    private final PrintStream out;
    private final Deque<Program> started = new ArrayDeque<>();

    Programs(PrintStream out) {
        this.out = out;
    }

    /** A port that nobody listens at now. */
    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Starts {@code mainClass} in {@code folder}. */
    Program start(String name, Path folder, String mainClass, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath(),
                mainClass));
        command.addAll(List.of(arguments));
        return start(name, folder, command);
    }

    /** Starts {@code holdfast} with {@code arguments} in {@code folder}, as a user would. */
    Program holdfast(String name, Path folder, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher()));
        command.addAll(List.of(arguments));
        return start(name, folder, command);
    }

    /** The script that users start. */
    static String launcher() {
        String launcher = System.getProperty("holdfast.launcher");
        if (launcher == null) {
            throw FailureException.of(
                    FailureCode.MISCONFIGURED, "starts other programs: run it by ./holdfast");
        }
        return launcher;
    }

    private Program start(String name, Path folder, List<String> command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("HOLDFAST_BUILD", "never");
        Program program = new Program(name, builder.start());
        started.push(program);
        Thread.ofVirtual().name(name).start(program::read);
        return program;
    }

    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(part -> Path.of(part).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Override
    public void close() {
        started.forEach(program -> program.process.destroy());
        while (!started.isEmpty()) {
            started.pop().stop();
        }
    }

    /** One of them. */
    final class Program {
        private final String name;
        private final Process process;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition moved = lock.newCondition();
        private final List<String> lines = new ArrayList<>();
        private boolean ended;

        private Program(String name, Process process) {
            this.name = name;
            this.process = process;
        }

        private void read() {
            try (BufferedReader in = process.inputReader()) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    out.println("  " + line);
                    add(line, false);
                }
            } catch (IOException e) {
                out.println("  " + name + ": " + e.getMessage());
            } finally {
                add("", true);
            }
        }

        private void add(String line, boolean last) {
            lock.lock();
            try {
                lines.add(line);
                ended |= last;
                moved.signalAll();
            } finally {
                lock.unlock();
            }
        }

        long pid() {
            return process.pid();
        }

        /** Waits for a line with {@code text}. */
        void awaitLine(String text, Duration atMost) throws InterruptedException {
            long left = atMost.toNanos();
            lock.lock();
            try {
                while (lines.stream().noneMatch(line -> line.contains(text))) {
                    if (ended || left <= 0) {
                        throw FailureException.of(
                                FailureCode.INTERNAL, name + " did not say '" + text + "'");
                    }
                    left = moved.awaitNanos(left);
                }
            } finally {
                lock.unlock();
            }
        }

        /** Waits for its end, which must be a good one. */
        void awaitEnd(Duration atMost) throws InterruptedException {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw FailureException.of(FailureCode.TIMED_OUT, name + " did not end");
            }
            if (process.exitValue() != 0) {
                throw FailureException.of(
                        FailureCode.INTERNAL, name + " ended with " + process.exitValue());
            }
        }

        private void stop() {
            try {
                if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
