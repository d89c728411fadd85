package holdfast.client.cache;

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
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What Java's file API lacks and Linux has: holes, reflinks, punching, a file's times without its
 * other attributes. On other systems {@link #AVAILABLE} is false and callers do without. Blocking;
 * each call opens what it needs and closes it.
 */
@SuppressWarnings("restricted") // the only class that calls the C library
final class Posix {
    private static final int AT_FDCWD = -100;
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final long FICLONE = 0x4004_9409L;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;
    private static final long UTIME_OMIT = (1L << 30) - 2;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;

    private static final int STATX_BYTES = 256;
    private static final long SECTOR = 512;
    private static final Charset NAMES = Charset.forName(System.getProperty("sun.jnu.encoding"));

    private static final int ENOENT = 2;
    private static final int ENXIO = 6;
    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;
    private static final int EXDEV = 18;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final AddressLayout POINTER = ValueLayout.ADDRESS;
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CAPTURED.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    /** Whether these calls can be made here: 64-bit Linux. */
    static final boolean AVAILABLE = available();

    private Posix() {}

    /** What is known of a file; empty when there is none. */
    static Optional<FileFacts> stat(Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            MemorySegment facts = arena.allocate(STATX_BYTES, Long.BYTES);
            int result = (int) Calls.STATX.invokeExact(
                    state,
                    AT_FDCWD,
                    name(arena, path),
                    AT_SYMLINK_NOFOLLOW,
                    STATX_BASIC_STATS,
                    facts);
            if (result == 0) {
                return Optional.of(facts(facts));
            }
            Failed failed = failed("statx", state);
            if (failed.absent()) {
                return Optional.empty();
            }
            throw failed;
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    // struct statx, the same on all architectures.
    private static FileFacts facts(MemorySegment statx) {
        return new FileFacts(
                statx.get(LONG, 40),
                statx.get(LONG, 48) * SECTOR,
                statx.get(INT, 16),
                statx.get(LONG, 64),
                statx.get(LONG, 112),
                statx.get(INT, 120));
    }

    /**
     * Sets the access time and, when given, the modification time, in whole seconds; the rest
     * stays.
     */
    static void setTimes(Path path, long accessed, OptionalLong modified) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            MemorySegment times = arena.allocate(4 * LONG.byteSize(), Long.BYTES);
            times.setAtIndex(LONG, 0, accessed);
            times.setAtIndex(LONG, 2, modified.orElse(0));
            times.setAtIndex(LONG, 3, modified.isPresent() ? 0 : UTIME_OMIT);
            int result =
                    (int) Calls.UTIMENSAT.invokeExact(state, AT_FDCWD, name(arena, path), times, 0);
            check(result, "utimensat", state);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Makes everything on the file system that holds {@code path} durable. */
    static void syncAll(Path path) throws IOException {
        try (Descriptor descriptor = Descriptor.open(path, false);
                Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CAPTURED);
            int result = (int) Calls.SYNCFS.invokeExact(state, descriptor.number);
            check(result, "syncfs", state);
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private static MemorySegment name(Arena arena, Path path) {
        return arena.allocateFrom(path.toString(), NAMES);
    }

    private static void check(long result, String call, MemorySegment state) throws Failed {
        if (result < 0) {
            throw failed(call, state);
        }
    }

    private static Failed failed(String call, MemorySegment state) {
        return new Failed(call, (int) ERRNO.get(state, 0L));
    }

    private static IOException rethrown(Throwable e) {
        return switch (e) {
            case IOException io -> io;
            case RuntimeException unchecked -> throw unchecked;
            case Error error -> throw error;
            default -> new IOException(e);
        };
    }

    /** An open file. For one thread. */
    static final class Descriptor implements AutoCloseable {
        private final int number;

        private Descriptor(int number) {
            this.number = number;
        }

        static Descriptor open(Path path, boolean writing) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(CAPTURED);
                int flags = (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC;
                int number = (int) Calls.OPEN.invokeExact(state, name(arena, path), flags, 0);
                check(number, "open", state);
                return new Descriptor(number);
            } catch (Throwable e) {
                throw rethrown(e);
            }
        }

        /**
         * Where the next bytes are at or after {@code position}; empty when only a hole is left.
         */
        OptionalLong nextData(long position) throws IOException {
            try {
                return OptionalLong.of(seek(position, SEEK_DATA));
            } catch (Failed e) {
                if (e.noMoreData()) {
                    return OptionalLong.empty();
                }
                throw e;
            }
        }

        /**
         * Where the next hole is at or after {@code position}, which is in the file; its end counts
         * as one.
         */
        long nextHole(long position) throws IOException {
            return seek(position, SEEK_HOLE);
        }

        private long seek(long position, int whence) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(CAPTURED);
                long at = (long) Calls.LSEEK.invokeExact(state, number, position, whence);
                check(at, "lseek", state);
                return at;
            } catch (Throwable e) {
                throw rethrown(e);
            }
        }

        /**
         * Makes this a clone of {@code from}, sharing its blocks; false when the file system can't.
         */
        boolean cloneOf(Descriptor from) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(CAPTURED);
                int result = (int) Calls.IOCTL.invokeExact(state, number, FICLONE, from.number);
                return result == 0;
            } catch (Throwable e) {
                throw rethrown(e);
            }
        }

        /**
         * Copies bytes from another file inside the kernel, which shares blocks where the file
         * system can; returns how many, 0 at that file's end.
         */
        long copy(Descriptor from, long fromPosition, long position, long length)
                throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(CAPTURED);
                MemorySegment positions = arena.allocate(2 * LONG.byteSize(), Long.BYTES);
                positions.setAtIndex(LONG, 0, fromPosition);
                positions.setAtIndex(LONG, 1, position);
                long copied = (long) Calls.COPY_FILE_RANGE.invokeExact(
                        state,
                        from.number,
                        positions,
                        number,
                        positions.asSlice(LONG.byteSize()),
                        length,
                        0);
                check(copied, "copy_file_range", state);
                return copied;
            } catch (Throwable e) {
                throw rethrown(e);
            }
        }

        /** Makes the file so long: cuts it, or adds a hole. */
        void setSize(long size) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(CAPTURED);
                int result = (int) Calls.FTRUNCATE.invokeExact(state, number, size);
                check(result, "ftruncate", state);
            } catch (Throwable e) {
                throw rethrown(e);
            }
        }

        /**
         * Takes disk space for these bytes, without changing the size; NO_SPACE comes now or never.
         */
        void allocate(long position, long length) throws IOException {
            fallocate(FALLOC_FL_KEEP_SIZE, position, length);
        }

        /** Gives these bytes' space back; they read as zeros. */
        void punch(long position, long length) throws IOException {
            fallocate(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, position, length);
        }

        private void fallocate(int mode, long position, long length) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(CAPTURED);
                int result =
                        (int) Calls.FALLOCATE.invokeExact(state, number, mode, position, length);
                check(result, "fallocate", state);
            } catch (Throwable e) {
                throw rethrown(e);
            }
        }

        @Override
        public void close() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(CAPTURED);
                int _ = (int) Calls.CLOSE.invokeExact(state, number);
            } catch (Throwable e) {
                throw new IllegalStateException("close failed", e);
            }
        }
    }

    /** Handles, found at first use. */
    private static final class Calls {
        static final MethodHandle OPEN = variadic("open", 2, INT, POINTER, INT, INT);
        static final MethodHandle CLOSE = call("close", INT, INT);
        static final MethodHandle LSEEK = call("lseek", LONG, INT, LONG, INT);
        static final MethodHandle IOCTL = variadic("ioctl", 2, INT, INT, LONG, INT);
        static final MethodHandle FTRUNCATE = call("ftruncate", INT, INT, LONG);
        static final MethodHandle COPY_FILE_RANGE =
                call("copy_file_range", LONG, INT, POINTER, INT, POINTER, LONG, INT);
        static final MethodHandle FALLOCATE = call("fallocate", INT, INT, INT, LONG, LONG);
        static final MethodHandle UTIMENSAT = call("utimensat", INT, INT, POINTER, POINTER, INT);
        static final MethodHandle STATX = call("statx", INT, INT, POINTER, INT, INT, POINTER);
        static final MethodHandle SYNCFS = call("syncfs", INT, INT);

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
                String name, int fixed, MemoryLayout result, MemoryLayout... arguments) {
            return Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow(name),
                            FunctionDescriptor.of(result, arguments),
                            Linker.Option.captureCallState("errno"),
                            Linker.Option.firstVariadicArg(fixed));
        }
    }

    private static boolean available() {
        if (!System.getProperty("os.name").equals("Linux") || POINTER.byteSize() != Long.BYTES) {
            return false;
        }
        return Linker.nativeLinker().defaultLookup().find("statx").isPresent();
    }

    /** A call of the C library failed. */
    static final class Failed extends IOException {
        private static final long serialVersionUID = 1L;

        private final int errno;

        Failed(String call, int errno) {
            super(call + " failed with error " + errno);
            this.errno = errno;
        }

        boolean absent() {
            return errno == ENOENT;
        }

        boolean noSpace() {
            return errno == ENOSPC || errno == EDQUOT;
        }

        /** Whether this kernel or this file system can't do it. */
        boolean unsupported() {
            return errno == EOPNOTSUPP || errno == ENOSYS || errno == EXDEV;
        }

        boolean noMoreData() {
            return errno == ENXIO;
        }
    }
}
