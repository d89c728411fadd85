package holdfast.verify.survival;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Contents that name who wrote them, mostly small, sometimes larger than a message holds. */
final class Text {
    static final String NONE = "-";

    private static final int SMALL = 200;
    private static final int LARGE = 300_000;
    private static final int LARGE_EVERY = 8;

    private Text() {}

    /** The contents called {@code name}; other bytes for each name. */
    static byte[] of(String name) {
        int size = Math.floorMod(name.hashCode(), LARGE_EVERY) == 0 ? LARGE : SMALL;
        byte[] bytes = new byte[size];
        new Random(name.hashCode()).nextBytes(bytes);
        byte[] head = (name + "\n").getBytes(StandardCharsets.UTF_8);
        System.arraycopy(head, 0, bytes, 0, head.length);
        return bytes;
    }

    /** The name of what was read; {@link #NONE} of nothing. An error when it is torn. */
    static String nameOf(byte[] bytes) {
        if (bytes.length == 0) {
            return NONE;
        }
        String text = new String(bytes, 0, Math.min(SMALL, bytes.length), StandardCharsets.UTF_8);
        int end = text.indexOf('\n');
        String name = end < 0 ? "?" : text.substring(0, end);
        if (!Arrays.equals(bytes, of(name))) {
            throw new AssertionError("torn: " + bytes.length + " bytes of " + name);
        }
        return name;
    }
}
