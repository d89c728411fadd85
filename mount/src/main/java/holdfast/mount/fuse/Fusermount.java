package holdfast.mount.fuse;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The setuid program {@code fusermount3} of package fuse3, which mounts for users. It opens the
 * device and sends it over the socket whose number is in {@code _FUSE_COMMFD}. Java closes all
 * descriptors of the programs that it starts, so this one is started by posix_spawn(3).
 */
final class Fusermount {
    private static final String NAME = "fusermount3";
    private static final List<String> FOLDERS = List.of("/usr/bin", "/bin", "/usr/local/bin");

    /** SOCK_STREAM and SOCK_CLOEXEC. */
    private static final int STREAM = 1 | LibC.O_CLOEXEC;

    private static final int CLOSE_ON_EXEC = 0x4000_0000;
    private static final int SOCKET_OF_CHILD = 3;
    private static final int ERRORS_OF_CHILD = 2;
    private static final int COMPLAINT_BYTES_MAX = 4096;
    private static final long PATIENCE_SECONDS = 30;

    private Fusermount() {}

    /** Mounts with these options, as in {@code -o}, and returns the device's descriptor. */
    static int mount(Path path, String options) throws IOException {
        String program = program();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment socket = arena.allocate(JAVA_INT, 2);
            MemorySegment errors = arena.allocate(JAVA_INT, 2);
            LibC.socketPair(STREAM, socket);
            int ours = socket.getAtIndex(JAVA_INT, 0);
            try {
                LibC.socketPair(STREAM, errors);
            } catch (IOException e) {
                close(socket);
                throw e;
            }
            int complaints = errors.getAtIndex(JAVA_INT, 0);
            try {
                int process;
                try {
                    int[] from = {socket.getAtIndex(JAVA_INT, 1), errors.getAtIndex(JAVA_INT, 1)};
                    int[] to = {SOCKET_OF_CHILD, ERRORS_OF_CHILD};
                    MemorySegment arguments =
                            strings(arena, NAME, "-o", options, "--", path.toString());
                    MemorySegment environment =
                            strings(arena, "_FUSE_COMMFD=" + SOCKET_OF_CHILD, "PATH=/usr/bin:/bin");
                    process = LibC.spawn(program, arguments, environment, new LibC.Moves(from, to));
                } finally {
                    LibC.close(socket.getAtIndex(JAVA_INT, 1));
                    LibC.close(errors.getAtIndex(JAVA_INT, 1));
                }
                Optional<Integer> device = receive(arena, ours);
                String complaint = read(arena, complaints);
                int status = LibC.await(process);
                return device.orElseThrow(
                        () -> new IOException("%s did not mount at %s (status %d): %s"
                                .formatted(NAME, path, status, complaint.strip())));
            } finally {
                LibC.close(ours);
                LibC.close(complaints);
            }
        }
    }

    private static void close(MemorySegment pair) {
        LibC.close(pair.getAtIndex(JAVA_INT, 0));
        LibC.close(pair.getAtIndex(JAVA_INT, 1));
    }

    private static MemorySegment strings(Arena arena, String... strings) {
        MemorySegment array = arena.allocate(ADDRESS, strings.length + 1L);
        for (int i = 0; i < strings.length; i++) {
            array.setAtIndex(ADDRESS, i, LibC.text(arena, strings[i]));
        }
        return array;
    }

    /**
     * {@code struct msghdr} with one byte of data, and {@code struct cmsghdr} with a descriptor.
     */
    private static Optional<Integer> receive(Arena arena, int socket) throws IOException {
        final int controlBytes = 24;
        final int rights = 1;
        MemorySegment message = arena.allocate(56, Long.BYTES);
        MemorySegment piece = arena.allocate(16, Long.BYTES);
        MemorySegment control = arena.allocate(controlBytes, Long.BYTES);
        piece.set(ADDRESS, 0, arena.allocate(8));
        piece.set(JAVA_LONG, 8, 1);
        message.set(ADDRESS, 16, piece);
        message.set(JAVA_LONG, 24, 1);
        message.set(ADDRESS, 32, control);
        message.set(JAVA_LONG, 40, controlBytes);
        boolean came = LibC.receive(socket, message, CLOSE_ON_EXEC) > 0
                && message.get(JAVA_LONG, 40) >= 20
                && control.get(JAVA_INT, 12) == rights;
        return came ? Optional.of(control.get(JAVA_INT, 16)) : Optional.empty();
    }

    private static String read(Arena arena, int descriptor) {
        MemorySegment errno = arena.allocate(LibC.ERRNO_BYTES, Long.BYTES);
        MemorySegment block = arena.allocate(COMPLAINT_BYTES_MAX);
        StringBuilder text = new StringBuilder();
        long n = LibC.read(errno, descriptor, block);
        while (n > 0 && text.length() < COMPLAINT_BYTES_MAX) {
            byte[] bytes = block.asSlice(0, n).toArray(JAVA_BYTE);
            text.append(new String(bytes, StandardCharsets.UTF_8));
            n = LibC.read(errno, descriptor, block);
        }
        return text.toString();
    }

    /** Unmounts, lazily if wished; false when it doesn't. */
    static boolean unmount(Path path, boolean lazily) throws IOException {
        ProcessBuilder builder = lazily
                ? new ProcessBuilder(program(), "-u", "-q", "-z", "--", path.toString())
                : new ProcessBuilder(program(), "-u", "-q", "--", path.toString());
        Process process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(NAME + " does not end; it was to unmount " + path);
            }
            return process.exitValue() == 0;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + NAME + " was to unmount " + path, e);
        }
    }

    private static String program() throws IOException {
        for (String folder : FOLDERS) {
            Path program = Path.of(folder, NAME);
            if (Files.isExecutable(program)) {
                return program.toString();
            }
        }
        throw new IOException("no " + NAME + " in " + String.join(", ", FOLDERS)
                + ": mount as root, or install the package fuse3");
    }
}
