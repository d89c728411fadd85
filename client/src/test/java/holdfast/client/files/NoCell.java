package holdfast.client.files;

import java.lang.reflect.Proxy;

/** A cell that is not connected: every call fails. */
final class NoCell {
    static final Cell INSTANCE = (Cell) Proxy.newProxyInstance(
            Cell.class.getClassLoader(),
            new Class<?>[] {Cell.class},
            (proxy, method, arguments) -> {
                throw new IllegalStateException("not connected");
            });

    private NoCell() {}
}
