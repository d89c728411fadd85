package holdfast.client.files;

import holdfast.wire.proto.Caller;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Who this process is, by names: the user, its groups with the primary one first, the host. */
final class Identity {
    private static final Logger LOG = LoggerFactory.getLogger(Identity.class);
    private static final int GROUPS_MAX = 1_024;

    private Identity() {}

    /** The caller that {@code options} name, completed from the system. */
    static Caller caller(CellOptions options) {
        String user = options.user().orElseGet(() -> System.getProperty("user.name", "nobody"));
        List<String> groups = !options.groups().isEmpty()
                ? options.groups()
                : options.user().isPresent() ? List.of(user) : systemGroups(user);
        return Caller.newBuilder()
                .setUser(user)
                .addAllGroups(groups.subList(0, Math.min(groups.size(), GROUPS_MAX)))
                .setHost(host())
                .setProcess(ProcessHandle.current().pid())
                .build();
    }

    private static String host() {
        try {
            return Files.exists(Path.of("/etc/hostname"))
                    ? Files.readString(Path.of("/etc/hostname")).strip()
                    : InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        } catch (IOException e) {
            LOG.debug("no host name: {}", e.getMessage());
            return "localhost";
        }
    }

    /**
     * From the local databases; users and groups kept elsewhere (LDAP) are named in the options.
     */
    private static List<String> systemGroups(String user) {
        Set<String> groups = new LinkedHashSet<>();
        List<String[]> all = database("/etc/group");
        primary(user).flatMap(gid -> named(all, gid)).ifPresent(groups::add);
        for (String[] group : all) {
            if (group.length > 3 && List.of(group[3].split(",")).contains(user)) {
                groups.add(group[0]);
            }
        }
        return groups.isEmpty() ? List.of(user) : List.copyOf(groups);
    }

    private static Optional<String> primary(String user) {
        return database("/etc/passwd").stream()
                .filter(entry -> entry.length > 3 && entry[0].equals(user))
                .map(entry -> entry[3])
                .findFirst();
    }

    private static Optional<String> named(List<String[]> groups, String gid) {
        return groups.stream()
                .filter(entry -> entry.length > 2 && entry[2].equals(gid))
                .map(entry -> entry[0])
                .findFirst();
    }

    private static List<String[]> database(String file) {
        List<String[]> entries = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(Path.of(file), StandardCharsets.UTF_8)) {
                entries.add(line.split(":", -1));
            }
        } catch (IOException e) {
            LOG.debug("{}: {}", file, e.getMessage());
        }
        return entries;
    }
}
