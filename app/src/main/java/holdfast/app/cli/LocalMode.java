package holdfast.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Permission bits of local files. */
final class LocalMode {
    private static final int BITS = 9;

    private LocalMode() {}

    /** The permission bits of {@code local}, 0777 at most. */
    static int of(Path local) throws IOException {
        String letters = PosixFilePermissions.toString(Files.getPosixFilePermissions(local));
        int mode = 0;
        for (int i = 0; i < BITS; i++) {
            mode = mode << 1 | (letters.charAt(i) == '-' ? 0 : 1);
        }
        return mode;
    }

    /** Gives {@code local} the lower nine bits of {@code mode}. */
    static void set(Path local, int mode) throws IOException {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < BITS; i++) {
            boolean may = (mode >> (BITS - 1 - i) & 1) != 0;
            letters.append(may ? "rwx".charAt(i % 3) : '-');
        }
        Files.setPosixFilePermissions(local, PosixFilePermissions.fromString(letters.toString()));
    }
}
