package holdfast.mount.cell;

import holdfast.model.failure.FailureException;
import holdfast.model.volume.AccessList;
import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The cell's names of users and groups, and this machine's numbers for them, from
 * {@code /etc/passwd} and {@code /etc/group}. A number without a name is a name of its own, in
 * decimal; a name without a number is nobody's.
 */
final class Owners {
    private static final Logger LOG = LoggerFactory.getLogger(Owners.class);

    /** As the kernel shows whom it can't name. */
    private static final int NOBODY = 65_534;

    private final Database users = new Database(Path.of("/etc/passwd"));
    private final Database groups = new Database(Path.of("/etc/group"));

    int user(String name) {
        return users.number(name);
    }

    int group(String name) {
        return groups.number(name);
    }

    String userName(int number) {
        return users.name(number);
    }

    String groupName(int number) {
        return groups.name(number);
    }

    /** An access list of the cell, as the kernel has it; with {@code mode} where that is newer. */
    byte[] toKernel(byte[] text, OptionalInt mode) {
        AccessList list = AccessList.parse(new String(text, StandardCharsets.UTF_8));
        AccessList now = mode.isPresent() ? list.withMode(mode.getAsInt()) : list;
        return KernelAccessList.bytes(now, this::user, this::group);
    }

    /** The kernel's as the cell has it; EINVAL where it is none. */
    byte[] fromKernel(byte[] bytes) {
        try {
            return KernelAccessList.parse(bytes, this::userName, this::groupName)
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
        } catch (FailureException e) {
            throw new FuseException(Errno.EINVAL, e.failure().toString());
        }
    }

    /** One of the two files, read again when it changed. */
    private static final class Database {
        private static final int NAME = 0;
        private static final int NUMBER = 2;
        private static final long LOOK_EVERY_NANOS = 1_000_000_000;

        private final Path file;
        private volatile Known known = new Known(FileTime.fromMillis(0), Map.of(), Map.of());
        private volatile long lookedNanos = System.nanoTime() - LOOK_EVERY_NANOS;

        private record Known(
                FileTime modified, Map<String, Integer> numbers, Map<Integer, String> names) {}

        Database(Path file) {
            this.file = file;
        }

        int number(String name) {
            Integer number = known().numbers().get(name);
            return number != null ? number : decimal(name).orElse(NOBODY);
        }

        String name(int number) {
            String name = known().names().get(number);
            return name != null ? name : Integer.toUnsignedString(number);
        }

        private static OptionalInt decimal(String name) {
            try {
                return OptionalInt.of(Integer.parseUnsignedInt(name));
            } catch (NumberFormatException e) {
                return OptionalInt.empty();
            }
        }

        private Known known() {
            long now = System.nanoTime();
            if (now - lookedNanos >= LOOK_EVERY_NANOS) {
                lookedNanos = now;
                look();
            }
            return known;
        }

        private void look() {
            try {
                FileTime modified = Files.getLastModifiedTime(file);
                if (!modified.equals(known.modified())) {
                    known = read(modified);
                }
            } catch (IOException e) {
                LOG.debug("{}: {}", file, e.toString());
            }
        }

        private Known read(FileTime modified) throws IOException {
            Map<String, Integer> numbers = new HashMap<>();
            Map<Integer, String> names = new HashMap<>();
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                String[] fields = line.split(":", -1);
                if (fields.length > NUMBER && decimal(fields[NUMBER]).isPresent()) {
                    int number = decimal(fields[NUMBER]).getAsInt();
                    numbers.putIfAbsent(fields[NAME], number);
                    names.putIfAbsent(number, fields[NAME]);
                }
            }
            return new Known(modified, Map.copyOf(numbers), Map.copyOf(names));
        }
    }
}
