package holdfast.testkit.simulation;

import java.lang.reflect.Constructor;
import java.util.concurrent.Executor;

/** Makes virtual threads that run on an executor of ours. */
final class VirtualThreads {
    private static final Constructor<?> BUILDER = builder();

    private VirtualThreads() {}

    static Thread.Builder.OfVirtual on(Executor executor) {
        try {
            return (Thread.Builder.OfVirtual) BUILDER.newInstance(executor);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no virtual thread with an executor of its own", e);
        }
    }

    private static Constructor<?> builder() {
        try {
            Constructor<?> found = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
                    .getDeclaredConstructor(Executor.class);
            found.setAccessible(true);
            return found;
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalStateException(
                    "run with --add-opens java.base/java.lang=ALL-UNNAMED", e);
        }
    }
}
