package holdfast.client.files;

import java.lang.reflect.Field;

/** What a client's objects hold, for tests that must see what nobody else may. */
public final class Inside {
    private Inside() {}

    /** What {@code owner} holds under {@code name}. */
    public static Object field(Object owner, String name) {
        try {
            Field field = owner.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
