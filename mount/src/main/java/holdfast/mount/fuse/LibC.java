package holdfast.mount.fuse;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.Charset;

/**
 * The system calls under a mount. Those made for each request ({@link #read}, {@link #write},
 * {@link #writev}) take memory for errno and return it negated; the others throw {@link Failed}.
 */
@SuppressWarnings("restricted") // the only class of this module that calls the C library
final class LibC {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_CLOEXEC = 0x80000;
    static final int EINTR = 4;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Charset NAMES = Charset.forName(System.getProperty("sun.jnu.encoding"));

    private static final int STATFS_BYTES = 120;

    /** Bytes that {@link #read} and its like need for errno. */
    static final long ERRNO_BYTES = CAPTURED.byteSize();

    private LibC() {}

    /** How many bytes were read, or the negated errno. Blocks the thread, and its carrier. */
    static long read(MemorySegment errno, int descriptor, MemorySegment into) {
        try {
            long n = (long) Calls.READ.invokeExact(errno, descriptor, into, into.byteSize());
            return n < 0 ? -errno(errno) : n;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** How many of {@code bytes} bytes were written, or the negated errno. */
    static long write(MemorySegment errno, int descriptor, MemorySegment from, long bytes) {
        try {
            long n = (long) Calls.WRITE.invokeExact(errno, descriptor, from, bytes);
            return n < 0 ? -errno(errno) : n;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** How many bytes of {@code count} pieces were written, or the negated errno. */
    static long writev(MemorySegment errno, int descriptor, MemorySegment pieces, int count) {
        try {
            long n = (long) Calls.WRITEV.invokeExact(errno, descriptor, pieces, count);
            return n < 0 ? -errno(errno) : n;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int open(String path, int flags) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURED);
            MemorySegment name = text(arena, path);
            return check(
                    "open " + path, errno, (int) Calls.OPEN.invokeExact(errno, name, flags, 0));
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Never fails in a way that a caller could mend. */
    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            int _ = (int) Calls.CLOSE.invokeExact(arena.allocate(CAPTURED), descriptor);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int ioctl(int descriptor, long command, MemorySegment argument) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURED);
            int result = (int) Calls.IOCTL.invokeExact(errno, descriptor, command, argument);
            return check("ioctl", errno, result);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    static void mount(String source, String target, String type, long flags, String data)
            throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURED);
            int result = (int) Calls.MOUNT.invokeExact(
                    errno,
                    text(arena, source),
                    text(arena, target),
                    text(arena, type),
                    flags,
                    text(arena, data));
            check("mount on " + target, errno, result);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    static void unmount(String target, int flags) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURED);
            int result = (int) Calls.UMOUNT2.invokeExact(errno, text(arena, target), flags);
            check("umount of " + target, errno, result);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Asks the file system that holds {@code path} for its space, and so whether it answers. */
    static void statfs(String path) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURED);
            MemorySegment space = arena.allocate(STATFS_BYTES, Long.BYTES);
            int result = (int) Calls.STATFS.invokeExact(errno, text(arena, path), space);
            check("statfs of " + path, errno, result);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    static int user() {
        return identity(Calls.GETEUID);
    }

    static int group() {
        return identity(Calls.GETEGID);
    }

    private static int identity(MethodHandle call) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) call.invokeExact(arena.allocate(CAPTURED));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Fills two descriptors in. */
    static void socketPair(int type, MemorySegment pair) throws Failed {
        final int local = 1;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURED);
            int result = (int) Calls.SOCKETPAIR.invokeExact(errno, local, type, 0, pair);
            check("socketpair", errno, result);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** How many bytes came; 0 when the other end is closed. */
    static long receive(int socket, MemorySegment message, int flags) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURED);
            long n = (long) Calls.RECVMSG.invokeExact(errno, socket, message, flags);
            check("recvmsg", errno, n < 0 ? -1 : 0);
            return n;
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /**
     * Starts a program whose descriptor {@code to[i]} is our {@code from[i]}, and which has no
     * other of ours; its process id.
     */
    static int spawn(
            String program, MemorySegment arguments, MemorySegment environment, Moves moves)
            throws Failed {
        final int actionsBytes = 256; // posix_spawn_file_actions_t: glibc's is 80, musl's 80
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURED);
            MemorySegment actions = arena.allocate(actionsBytes, Long.BYTES);
            MemorySegment pid = arena.allocate(INT);
            done("actions", (int) Calls.ACTIONS.invokeExact(errno, actions));
            for (int i = 0; i < moves.from().length; i++) {
                int from = moves.from()[i];
                int to = moves.to()[i];
                done("dup", (int) Calls.ACTION_DUP.invokeExact(errno, actions, from, to));
            }
            int result = (int) Calls.SPAWN.invokeExact(
                    errno,
                    pid,
                    text(arena, program),
                    actions,
                    MemorySegment.NULL,
                    arguments,
                    environment);
            int _ = (int) Calls.ACTIONS_GONE.invokeExact(errno, actions);
            done("start of " + program, result);
            return pid.get(INT, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Descriptors of ours and what they are in a child. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Moves(int[] from, int[] to) {}

    /** Waits for a child and returns its status, as in wait(2). */
    static int await(int process) throws Failed {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(CAPTURED);
            MemorySegment status = arena.allocate(INT);
            int result;
            do {
                result = (int) Calls.WAITPID.invokeExact(errno, process, status, 0);
            } while (result < 0 && errno(errno) == EINTR);
            check("waitpid", errno, result);
            return status.get(INT, 0);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** A string as the C library takes it. */
    static MemorySegment text(Arena arena, String text) {
        return arena.allocateFrom(text, NAMES);
    }

    private static int errno(MemorySegment captured) {
        return (int) ERRNO.get(captured, 0L);
    }

    private static int check(String what, MemorySegment errno, int result) throws Failed {
        if (result < 0) {
            throw new Failed(what, errno(errno));
        }
        return result;
    }

    // The posix_spawn family returns its errno.
    private static void done(String what, int result) throws Failed {
        if (result != 0) {
            throw new Failed(what, result);
        }
    }

    private static Failed rethrown(Throwable e) {
        if (e instanceof Failed failed) {
            return failed;
        }
        throw unexpected(e);
    }

    private static RuntimeException unexpected(Throwable e) {
        return switch (e) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            default -> new IllegalStateException(e);
        };
    }

    /** Handles, found at first use. */
    private static final class Calls {
        static final MethodHandle READ = call("read", LONG, INT, POINTER, LONG);
        static final MethodHandle WRITE = call("write", LONG, INT, POINTER, LONG);
        static final MethodHandle WRITEV = call("writev", LONG, INT, POINTER, INT);
        static final MethodHandle OPEN = variadic("open", INT, POINTER, INT, INT);
        static final MethodHandle CLOSE = call("close", INT, INT);
        static final MethodHandle IOCTL = variadic("ioctl", INT, INT, LONG, POINTER);
        static final MethodHandle MOUNT =
                call("mount", INT, POINTER, POINTER, POINTER, LONG, POINTER);
        static final MethodHandle UMOUNT2 = call("umount2", INT, POINTER, INT);
        static final MethodHandle STATFS = call("statfs", INT, POINTER, POINTER);
        static final MethodHandle GETEUID = call("geteuid", INT);
        static final MethodHandle GETEGID = call("getegid", INT);
        static final MethodHandle SOCKETPAIR = call("socketpair", INT, INT, INT, INT, POINTER);
        static final MethodHandle RECVMSG = call("recvmsg", LONG, INT, POINTER, INT);
        static final MethodHandle WAITPID = call("waitpid", INT, INT, POINTER, INT);
        static final MethodHandle SPAWN =
                call("posix_spawn", INT, POINTER, POINTER, POINTER, POINTER, POINTER, POINTER);
        static final MethodHandle ACTIONS = call("posix_spawn_file_actions_init", INT, POINTER);
        static final MethodHandle ACTION_DUP =
                call("posix_spawn_file_actions_adddup2", INT, POINTER, INT, INT);
        static final MethodHandle ACTIONS_GONE =
                call("posix_spawn_file_actions_destroy", INT, POINTER);

        private Calls() {}

        private static MethodHandle call(
                String name, MemoryLayout result, MemoryLayout... arguments) {
            return Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow(name),
                            FunctionDescriptor.of(result, arguments),
                            Linker.Option.captureCallState("errno"));
        }

        private static MethodHandle variadic(
                String name, MemoryLayout result, MemoryLayout... arguments) {
            final int fixed = 2;
            return Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow(name),
                            FunctionDescriptor.of(result, arguments),
                            Linker.Option.captureCallState("errno"),
                            Linker.Option.firstVariadicArg(fixed));
        }
    }

    /** A system call failed. */
    static final class Failed extends IOException {
        private static final long serialVersionUID = 1L;

        private final int errno;

        Failed(String what, int errno) {
            super(what + " failed: " + Errno.nameOf(errno));
            this.errno = errno;
        }

        boolean is(Errno expected) {
            return errno == expected.number();
        }
    }
}
