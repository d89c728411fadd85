package holdfast.server.folder;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * What a data folder's identity file says.
 *
 * @param id random, given once
 * @param role of the server that it belongs to
 * @param version of the folder's format
 */
record Identity(UUID id, String role, int version) {
    static final String FILE = "identity";
    static final int VERSION = 1;

    /** Lines of {@code key=value}, for people too. */
    String text() {
        return String.format(Locale.ROOT, "format=%d%nrole=%s%nid=%s%n", version, role, id);
    }

    static Identity read(Path folder, String text) {
        Map<String, String> lines = text.lines()
                .filter(line -> line.contains("="))
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (first, last) -> last));
        try {
            return new Identity(
                    UUID.fromString(lines.getOrDefault("id", "")),
                    lines.getOrDefault("role", ""),
                    Integer.parseInt(lines.getOrDefault("format", "")));
        } catch (IllegalArgumentException e) {
            throw DataFolder.refused(folder, "has a damaged identity file", e);
        }
    }

    /** This, when a server of {@code wanted} may use the folder. */
    Identity of(Path folder, String wanted) {
        if (version > VERSION) {
            throw DataFolder.refused(
                    folder, "was written by a newer release (format " + version + ")");
        }
        if (!role.equals(wanted)) {
            throw DataFolder.refused(
                    folder, "belongs to a " + shown(role) + ", not to a " + shown(wanted));
        }
        return this;
    }

    private static String shown(String role) {
        return role.equals("files") ? "file server" : role + " server";
    }
}
