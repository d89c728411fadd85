package holdfast.verify.simulation;

import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;

/**
 * What a process keeps in static fields: here processes share them, so they are cleared by hand.
 */
final class Statics {
    private Statics() {}

    /** The process that had its cache in {@code folder} is dead. */
    static void forget(Path folder) {
        Map<?, ?> locks = (Map<?, ?>) read("holdfast.client.cache.FolderLock", "HERE");
        locks.keySet().removeIf(path -> ((Path) path).startsWith(folder));
        Collection<?> living =
                (Collection<?>) read("holdfast.client.cache.ProcessFolder", "LIVING_HERE");
        living.removeIf(path -> ((Path) path).startsWith(folder));
    }

    private static Object read(String owner, String name) {
        try {
            Field field = Class.forName(owner).getDeclaredField(name);
            field.setAccessible(true);
            return field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
