package holdfast.mount.cell;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What the kernel calls a process in its requests is one thread of it. */
final class Processes {
    private static final String GROUP = "Tgid:";

    /** See proc_pid_fdinfo(5). */
    private static final String INODE = "ino:";

    private static final String FLAGS = "flags:";
    private static final int OCTAL = 8;
    private static final int ACCESS_MODE = 3;
    private static final int READ_ONLY = 0;

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

    /**
     * Whether a thread's process has an inode open for writing, by its number, as far as can be
     * told.
     */
    static boolean writes(int thread, long inode) {
        Path descriptors = Path.of("/proc", Integer.toString(thread), "fdinfo");
        try (DirectoryStream<Path> all = Files.newDirectoryStream(descriptors)) {
            for (Path each : all) {
                if (isOpenForWriting(each, inode)) {
                    return true;
                }
            }
            return false;
        } catch (IOException | DirectoryIteratorException e) {
            return false;
        }
    }

    /** One may be closed meanwhile. */
    private static boolean isOpenForWriting(Path descriptor, long inode) {
        try {
            List<String> lines = Files.readAllLines(descriptor);
            return field(lines, INODE)
                            .filter(Long.toUnsignedString(inode)::equals)
                            .isPresent()
                    && field(lines, FLAGS)
                            .map(flags -> (Long.parseLong(flags, OCTAL) & ACCESS_MODE) != READ_ONLY)
                            .orElse(false);
        } catch (IOException e) {
            return false;
        }
    }

    private static Optional<String> field(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).strip())
                .findFirst();
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
