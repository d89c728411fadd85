package holdfast.mount.cell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** What the kernel calls a process in its requests is one thread of it. */
final class Processes {
    private static final String GROUP = "Tgid:";

    private Processes() {}

    /** Whether two threads are of one process, as far as can be told: one may have ended. */
    static boolean mayBeSame(int one, int other) {
        if (one == other) {
            return true;
        }
        OptionalInt first = group(one);
        OptionalInt second = group(other);
        return first.isEmpty() || second.isEmpty() || first.getAsInt() == second.getAsInt();
    }

    private static OptionalInt group(int thread) {
        try {
            return Files.readAllLines(Path.of("/proc", Integer.toString(thread), "status")).stream()
                    .filter(line -> line.startsWith(GROUP))
                    .mapToInt(line ->
                            Integer.parseInt(line.substring(GROUP.length()).strip()))
                    .findFirst();
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }
}
