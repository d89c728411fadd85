package holdfast.verify.simulation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.SplittableRandom;

/**
 * Contents that steps write: a line for each edit, then bytes that only the last could make. So
 * they are told in a few words, however large they are.
 *
 * @param lines the lines
 * @param tail how many bytes follow
 * @param other when no step wrote them: all bytes, in base 64
 */
public record Text(String lines, int tail, String other) {
    private static final int LARGE_BYTES = 70 << 10;
    private static final int HUGE_BYTES = 340 << 10;
    private static final int HUGE_ONE_IN = 4;
    private static final Text NOTHING = new Text("", 0, "");

    /** What these bytes are. */
    static Text of(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != '=') {
            end++;
        }
        String lines = new String(bytes, 0, end, StandardCharsets.UTF_8);
        int tail = bytes.length - end - 2;
        if (tail >= 0) {
            Text made = new Text(lines, tail, "");
            if (made.wasWritten() && Arrays.equals(made.bytes(), bytes)) {
                return made;
            }
        }
        return bytes.length == 0
                ? NOTHING
                : new Text(lines, 0, Base64.getEncoder().encodeToString(bytes));
    }

    private boolean wasWritten() {
        return lines.matches("(\\d+\n)+");
    }

    /** The first contents of a file. */
    static Text first(Step step) {
        return NOTHING.edited(step);
    }

    /** These with the line of {@code step}. */
    Text edited(Step step) {
        int large = step.id() % HUGE_ONE_IN == 0 ? HUGE_BYTES : LARGE_BYTES;
        int size = step.large() ? large : step.id() % 50;
        return new Text(lines + step.id() + "\n", size, "");
    }

    byte[] bytes() {
        if (!other.isEmpty()) {
            return Base64.getDecoder().decode(other);
        }
        if (lines.isEmpty()) {
            return new byte[0];
        }
        byte[] head = (lines + "=\n").getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(head.length + tail + Long.BYTES).put(head);
        SplittableRandom chance = new SplittableRandom(last());
        while (all.position() < head.length + tail) {
            all.putLong(chance.nextLong());
        }
        return Arrays.copyOf(all.array(), head.length + tail);
    }

    private int last() {
        int end = lines.length() - 1;
        return Integer.parseInt(lines.substring(lines.lastIndexOf('\n', end - 1) + 1, end));
    }
}
