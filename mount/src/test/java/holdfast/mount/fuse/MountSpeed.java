package holdfast.mount.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * By hand: how many requests a second pass through the daemon, one program asking. Its argument is
 * a folder on a local disk; needs root. What the programs do is printed as operations (or bytes) a
 * second.
 */
final class MountSpeed {
    private static final String STAT = """
        use Time::HiRes 'time'; my $n = $ARGV[1]; my $t = time;
        for (1..$n) { stat($ARGV[0]) or die }
        my ($u, $s) = times; my $cpu = ($u + $s) / $n * 1e6;
            printf "%.0f a second, %.1f us of the program", $n / (time - $t), $cpu;
        """;
    private static final String FSTAT = """
        use Time::HiRes 'time'; my $n = $ARGV[1]; open(my $f, '<', $ARGV[0]) or die; my $t = time;
        for (1..$n) { stat($f) or die }
        my ($u, $s) = times; my $cpu = ($u + $s) / $n * 1e6;
            printf "%.0f a second, %.1f us of the program", $n / (time - $t), $cpu;
        """;
    private static final String READ = """
        use Time::HiRes 'time'; my $n = $ARGV[1]; my $size = $ARGV[2]; my $b;
        open(my $f, '<', $ARGV[0]) or die; my $t = time;
        for (1..$n) { sysseek($f, 0, 0); sysread($f, $b, $size) == $size or die }
        my ($u, $s) = times; my $cpu = ($u + $s) / $n * 1e6;
            printf "%.0f a second, %.1f us of the program", $n / (time - $t), $cpu;
        """;
    private static final String CREATE = """
        use Time::HiRes 'time'; my $n = $ARGV[1]; my $t = time;
        for (1..$n) { open(my $f, '>', "$ARGV[0]$_") or die; syswrite($f, 'x'); close $f or die }
        my ($u, $s) = times; my $cpu = ($u + $s) / $n * 1e6;
            printf "%.0f a second, %.1f us of the program", $n / (time - $t), $cpu;
        """;

    private MountSpeed() {}

    /** The folder, and by how much less than usual is done. */
    public static void main(String[] arguments) throws IOException {
        int less = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
        Path folder = Files.createTempDirectory(Path.of(arguments[0]), "speed");
        MemoryFiles files = new MemoryFiles(Duration.ZERO);
        files.put("direct", "x".repeat(1 << 20));
        try (Mounted mounted = Mounted.at(folder.resolve("mnt"), files, Mounted.options())) {
            Programs programs = mounted.programs();
            for (int round = 0; round < 3; round++) {
                measure(programs, "lookup", 40_000 / less, STAT, "direct");
                measure(programs, "getattr", 40_000 / less, FSTAT, "direct");
                measure(programs, "read 4 KiB", 40_000 / less, READ, "direct", "4096");
                measure(programs, "read 1 MiB", 1_500 / less, READ, "direct", "1048576");
                measure(programs, "create, write, close", 3_000 / less, CREATE, "c" + round);
                print(
                        "write",
                        programs.run("dd", "if=/dev/zero", "of=w", "bs=1M", "count=" + 256 / less));
            }
        }
        BackedFiles backed = new BackedFiles(Files.createDirectory(folder.resolve("local")));
        try (Mounted mounted = Mounted.at(folder.resolve("mnt"), backed, Mounted.options())) {
            Programs programs = mounted.programs();
            print(
                    "passthrough write",
                    programs.run("dd", "if=/dev/zero", "of=f", "bs=1M", "count=" + 512 / less));
            for (int round = 0; round < 3; round++) {
                print(
                        "passthrough read",
                        programs.run("dd", "if=f", "of=/dev/null", "bs=1M", "count=" + 512 / less));
                String local = backed.file(2).toString();
                print(
                        "local read",
                        programs.run(
                                "dd",
                                "if=" + local,
                                "of=/dev/null",
                                "bs=1M",
                                "count=" + 512 / less));
            }
        }
        new Programs(folder).run("rm", "-r", folder.toString());
    }

    private static void measure(
            Programs programs, String what, int count, String script, String file, String... more) {
        Duration before = cpu();
        List<String> command = new ArrayList<>(List.of("perl", "-e", script, file, "" + count));
        command.addAll(List.of(more));
        String said = programs.run(command.toArray(String[]::new));
        double micros = cpu().minus(before).toNanos() / 1e3 / count;
        print(what, said + ", %.1f us of the daemon".formatted(micros));
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
    }

    private static void print(String what, String said) {
        String[] lines = said.strip().split("\n", -1);
        System.out.println(what + ": " + lines[lines.length - 1]);
    }
}
