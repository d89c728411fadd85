package holdfast.verify.simulation;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/**
 * The contents that steps write: a line for each edit, then bytes that only the last could make.
 */
final class Texts {
    private static final int LARGE_BYTES = 150 << 10;

    private Texts() {}

    /** {@code base} with the line of {@code step}. */
    static byte[] edited(byte[] base, Step step) {
        String lines = lines(base) + step.id() + "\n";
        byte[] head = (lines + "=\n").getBytes(StandardCharsets.UTF_8);
        byte[] tail = new byte[step.large() ? LARGE_BYTES : step.id() % 50];
        new Random(step.id()).nextBytes(tail);
        byte[] all = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, all, head.length, tail.length);
        return all;
    }

    private static String lines(byte[] contents) {
        int end = 0;
        while (end < contents.length && contents[end] != '=') {
            end++;
        }
        return new String(contents, 0, end, StandardCharsets.UTF_8);
    }
}
