package holdfast.mount.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * By hand: how many requests a second pass through the daemon, one program asking. Its argument is
 * a folder on a local disk; needs root. What the programs do is printed as operations (or bytes) a
 * second.
 */
final class MountSpeed {
    private static final String STAT = """
        use Time::HiRes 'time'; my $n = $ARGV[1]; my $t = time;
        for (1..$n) { stat($ARGV[0]) or die }
        printf "%.0f", $n / (time - $t);
        """;
    private static final String FSTAT = """
        use Time::HiRes 'time'; my $n = $ARGV[1]; open(my $f, '<', $ARGV[0]) or die; my $t = time;
        for (1..$n) { stat($f) or die }
        printf "%.0f", $n / (time - $t);
        """;
    private static final String READ = """
        use Time::HiRes 'time'; my $n = $ARGV[1]; my $size = $ARGV[2]; my $b;
        open(my $f, '<', $ARGV[0]) or die; my $t = time;
        for (1..$n) { sysseek($f, 0, 0); sysread($f, $b, $size) == $size or die }
        printf "%.0f", $n / (time - $t);
        """;
    private static final String CREATE = """
        use Time::HiRes 'time'; my $n = $ARGV[1]; my $t = time;
        for (1..$n) { open(my $f, '>', "$ARGV[0]$_") or die; syswrite($f, 'x'); close $f or die }
        printf "%.0f", $n / (time - $t);
        """;

    private MountSpeed() {}

    /** The folder. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createTempDirectory(Path.of(arguments[0]), "speed");
        MemoryFiles files = new MemoryFiles(Duration.ZERO);
        files.put("direct", "x".repeat(1 << 20));
        try (Mounted mounted = Mounted.at(folder.resolve("mnt"), files, Mounted.options())) {
            Programs programs = mounted.programs();
            for (int round = 0; round < 3; round++) {
                print("lookup", programs.run("perl", "-e", STAT, "direct", "40000"));
                print("getattr", programs.run("perl", "-e", FSTAT, "direct", "40000"));
                print("read 4 KiB", programs.run("perl", "-e", READ, "direct", "40000", "4096"));
                print("read 1 MiB", programs.run("perl", "-e", READ, "direct", "1500", "1048576"));
                print("create and write", programs.run("perl", "-e", CREATE, "c" + round, "3000"));
                print(
                        "write 256 MiB",
                        programs.run("dd", "if=/dev/zero", "of=w", "bs=1M", "count=256"));
            }
        }
        BackedFiles backed = new BackedFiles(Files.createDirectory(folder.resolve("local")));
        try (Mounted mounted = Mounted.at(folder.resolve("mnt"), backed, Mounted.options())) {
            Programs programs = mounted.programs();
            print(
                    "passthrough write",
                    programs.run("dd", "if=/dev/zero", "of=f", "bs=1M", "count=512"));
            for (int round = 0; round < 3; round++) {
                print(
                        "passthrough read",
                        programs.run("dd", "if=f", "of=/dev/null", "bs=1M", "count=512"));
                String local = backed.file(2).toString();
                print(
                        "local read",
                        programs.run("dd", "if=" + local, "of=/dev/null", "bs=1M", "count=512"));
            }
        }
        new Programs(folder).run("rm", "-r", folder.toString());
    }

    private static void print(String what, String said) {
        String[] lines = said.strip().split("\n", -1);
        System.out.println(what + ": " + lines[lines.length - 1]);
    }
}
