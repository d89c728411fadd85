package holdfast.server.chunk;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code syncfs(2)}: everything written to a file system becomes durable, data and names, in one
 * call. Java has no word for it.
 */
final class NativeSync {
    private static final Logger LOG = LoggerFactory.getLogger(NativeSync.class);
    private static final int READ_ONLY = 0;
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

    private final MethodHandle open;
    private final MethodHandle syncfs;
    private final MethodHandle close;

    @SuppressWarnings("restricted") // calls into the C library; the launcher allows it
    private NativeSync(Linker linker, SymbolLookup lookup) {
        Linker.Option errno = Linker.Option.captureCallState("errno");
        ValueLayout number = ValueLayout.JAVA_INT;
        open = linker.downcallHandle(
                lookup.findOrThrow("open"),
                FunctionDescriptor.of(number, ValueLayout.ADDRESS, number),
                Linker.Option.firstVariadicArg(2),
                errno);
        syncfs = linker.downcallHandle(
                lookup.findOrThrow("syncfs"), FunctionDescriptor.of(number, number), errno);
        close = linker.downcallHandle(
                lookup.findOrThrow("close"), FunctionDescriptor.of(number, number), errno);
    }

    /** This system's; empty where there is none. */
    static Optional<NativeSync> find() {
        try {
            Linker linker = Linker.nativeLinker();
            return Optional.of(new NativeSync(linker, linker.defaultLookup()));
        } catch (UnsupportedOperationException
                | java.util.NoSuchElementException
                | IllegalCallerException e) {
            LOG.info("no syncfs here, so each chunk is synced by itself: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** Syncs the file system that holds {@code folder}. Blocks its thread's carrier. */
    void sync(Path folder) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int descriptor =
                    (int) open.invokeExact(state, arena.allocateFrom(folder.toString()), READ_ONLY);
            check(descriptor, state, "open " + folder);
            try {
                check((int) syncfs.invokeExact(state, descriptor), state, "syncfs of " + folder);
            } finally {
                int unused = (int) close.invokeExact(state, descriptor);
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("calling syncfs", e);
        }
    }

    private static void check(int result, MemorySegment state, String what) throws IOException {
        if (result < 0) {
            throw new IOException(what + " failed with errno " + (int) ERRNO.get(state, 0L));
        }
    }
}
