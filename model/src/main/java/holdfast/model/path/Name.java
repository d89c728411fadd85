package holdfast.model.path;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A name in a directory: 1 to 255 bytes without {@code /} and NUL, not {@code .} or {@code ..}.
 * Nothing else is forbidden and nothing is changed. Compared byte by byte, unsigned.
 */
public final class Name implements Comparable<Name> {
    /** The most bytes a name may have. */
    public static final int BYTES_MAX = 255;

    private final byte[] bytes;

    private Name(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The name with these bytes; INVALID or NAME_TOO_LONG when they can't be one. */
    public static Name of(byte[] bytes) {
        if (bytes.length > BYTES_MAX) {
            throw FailureException.of(
                    FailureCode.NAME_TOO_LONG,
                    "a name has at most 255 bytes, this one " + bytes.length);
        }
        Name name = new Name(bytes.clone());
        if (!wellFormed(bytes)) {
            throw FailureException.of(FailureCode.INVALID, "not a name: '" + name + "'");
        }
        return name;
    }

    /** The name with the UTF-8 bytes of {@code text}; see {@link #of(byte[])}. */
    public static Name of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean wellFormed(byte[] bytes) {
        if (bytes.length == 0 || isDots(bytes)) {
            return false;
        }
        for (byte b : bytes) {
            if (b == '/' || b == 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDots(byte[] bytes) {
        return bytes[0] == '.' && (bytes.length == 1 || (bytes.length == 2 && bytes[1] == '.'));
    }

    /** A copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** How many bytes it has. */
    public int length() {
        return bytes.length;
    }

    @Override
    public int compareTo(Name other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Name name && Arrays.equals(bytes, name.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /**
     * For people: UTF-8 where it is, else each byte outside ASCII as {@code \xHH}. Not reversible.
     */
    @Override
    public String toString() {
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return text.toString();
        } catch (CharacterCodingException e) {
            StringBuilder out = new StringBuilder();
            for (byte b : bytes) {
                out.append(
                        b >= 0x20 && b < 0x7f
                                ? "" + (char) b
                                : "\\x" + HexFormat.of().toHexDigits(b));
            }
            return out.toString();
        }
    }
}
