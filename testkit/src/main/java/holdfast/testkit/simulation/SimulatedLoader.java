package holdfast.testkit.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * Loads the code that runs in a {@link World}: classes of the given packages, rewritten; all others
 * are those of the parent. Some may be given, compiled from other sources.
 */
public final class SimulatedLoader extends ClassLoader {
    private static final String OWN = "holdfast.testkit.";

    private final List<String> packages;
    private final Map<String, byte[]> given;
    private final Rewriting rewriting;

    /**
     * @param packages whose classes are loaded here; a prefix ending with a dot
     * @param given classes, by their names, to take instead of those found
     */
    public SimulatedLoader(ClassLoader parent, List<String> packages, Map<String, byte[]> given) {
        super("simulated", parent);
        this.packages = packages;
        this.given = given;
        this.rewriting = new Rewriting(parent);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (packages.stream().noneMatch(name::startsWith) || name.startsWith(OWN)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            return known == null ? define(name) : known;
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        byte[] bytes = rewriting.rewrite(bytes(name));
        return defineClass(name, bytes, 0, bytes.length);
    }

    private byte[] bytes(String name) throws ClassNotFoundException {
        byte[] other = given.get(name);
        if (other != null) {
            return other;
        }
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }
}
