package holdfast.model.volume;

import java.util.regex.Pattern;

/** A failure domain: servers of one zone, such as a rack or a room, may fail together. */
public final class Zone {
    /** What a zone's name must be. */
    public static final String RULE =
            "a zone's name has from 1 to 64 letters, digits, dots, dashes and underscores";

    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}._-]{1,64}");

    private Zone() {}

    /** Whether {@code name} can be a zone's. */
    public static boolean isOne(String name) {
        return NAME.matcher(name).matches();
    }
}
