package holdfast.verify.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Changes of one directory, and what it must hold after each of them, wherever it is looked at. */
final class ChangesAtRandom {
    private static final String STATUS = "unix:size,mode,nlink,uid,gid,lastModifiedTime,ctime";
    private static final int FILES_MAX = 12;
    private static final int LENGTH_MAX = 200_000;
    private static final int SHORT = 200;

    private enum Kind {
        WRITE,
        APPEND,
        TRUNCATE,
        REPLACE,
        RENAME,
        LINK,
        REMOVE,
        MODE,
        FOLDER
    }

    private final Random random;
    private final NavigableMap<String, byte[]> files = new TreeMap<>();
    private final Set<String> folders = new TreeSet<>();
    private String what = "";
    private String touched = "";
    private int number;

    ChangesAtRandom(Random random) {
        this.random = random;
    }

    /** Makes one change in {@code directory}; what it was. */
    String change(Path directory) throws IOException {
        Kind kind = any(List.of(Kind.values()));
        if (kind == Kind.FOLDER) {
            makeOrRemoveFolder(directory);
        } else if ((kind == Kind.WRITE && files.size() < FILES_MAX) || files.isEmpty()) {
            touched = random.nextBoolean() || files.isEmpty() ? newName() : anyFile();
            byte[] contents = bytes();
            Files.write(directory.resolve(touched), contents);
            // A name of several stands for one file; the others of it are written too.
            replaceContents(touched, contents);
            what = "write " + touched;
        } else {
            touched = anyFile();
            what = kind + " " + touched;
            change(kind, directory, directory.resolve(touched));
        }
        return what;
    }

    private void change(Kind kind, Path directory, Path file) throws IOException {
        switch (kind) {
            case WRITE, APPEND -> {
                byte[] more = bytes();
                Files.write(file, more, StandardOpenOption.APPEND);
                replaceContents(touched, joined(contents(touched), more));
            }
            case TRUNCATE -> {
                int length = random.nextInt(contents(touched).length + 1);
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(length);
                }
                replaceContents(touched, Arrays.copyOf(contents(touched), length));
            }
            case REPLACE -> {
                byte[] contents = bytes();
                Path temporary = directory.resolve(touched + ".tmp");
                Files.write(temporary, contents, StandardOpenOption.CREATE_NEW);
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
                files.put(touched, contents);
            }
            case RENAME -> {
                String next = newName();
                Files.move(file, directory.resolve(next), StandardCopyOption.ATOMIC_MOVE);
                files.put(next, remove(touched));
                touched = next;
            }
            case LINK -> {
                String next = newName();
                Files.createLink(directory.resolve(next), file);
                // The same array: the same file.
                files.put(next, contents(touched));
            }
            case REMOVE -> {
                Files.delete(file);
                remove(touched);
            }
            case MODE ->
                Files.setPosixFilePermissions(
                        file,
                        random.nextBoolean()
                                ? EnumSet.of(PosixFilePermission.OWNER_READ)
                                : EnumSet.allOf(PosixFilePermission.class));
            case FOLDER -> throw new IllegalArgumentException(kind.toString());
        }
    }

    private void makeOrRemoveFolder(Path directory) throws IOException {
        if (folders.isEmpty()) {
            touched = newName();
            Files.createDirectory(directory.resolve(touched));
            folders.add(touched);
            what = "make folder " + touched;
        } else {
            touched = any(List.copyOf(folders));
            Files.delete(directory.resolve(touched));
            folders.remove(touched);
            what = "remove folder " + touched;
        }
    }

    @SuppressWarnings("ReferenceEquality") // names of one file have the same array
    private void replaceContents(String name, byte[] contents) {
        byte[] before = files.get(name);
        if (before != null) {
            files.replaceAll((any, value) -> value == before ? contents : value);
        }
        files.put(name, contents);
    }

    private byte[] contents(String name) {
        return Objects.requireNonNull(files.get(name));
    }

    private byte[] remove(String name) {
        byte[] contents = contents(name);
        files.remove(name);
        return contents;
    }

    /** Checks that {@code there} shows what {@code here}, where it was changed, does. */
    void check(Path here, Path there) throws IOException {
        if (files.containsKey(touched)) {
            checkFile(here, there, touched);
        } else {
            assertThat(there.resolve(touched).toFile().exists())
                    .as(what)
                    .isEqualTo(folders.contains(touched));
        }
        Set<String> expected = new TreeSet<>(files.keySet());
        expected.addAll(folders);
        assertThat(names(there)).as(what).isEqualTo(expected);
        if (!files.isEmpty()) {
            checkFile(here, there, anyFile());
        }
    }

    private void checkFile(Path here, Path there, String name) throws IOException {
        Map<String, Object> status = Files.readAttributes(here.resolve(name), STATUS);
        assertThat(Files.readAttributes(there.resolve(name), STATUS))
                .as("%s: status of %s", what, name)
                .isEqualTo(status);
        assertThat(Arrays.equals(Files.readAllBytes(there.resolve(name)), contents(name)))
                .as("%s: contents of %s", what, name)
                .isTrue();
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(path -> String.valueOf(path.getFileName()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private String newName() {
        number++;
        return "name-" + number;
    }

    private String anyFile() {
        return any(List.copyOf(files.keySet()));
    }

    private <T> T any(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(random.nextInt(4) == 0 ? LENGTH_MAX : SHORT)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }
}
