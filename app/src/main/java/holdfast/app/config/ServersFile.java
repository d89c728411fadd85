package holdfast.app.config;

import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Address;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a client finds its cell: {@code {"directory_server": "http://127.0.0.1:8002/",
 * "locking_server": "…"}}, each an address or a list of them.
 *
 * @param origin the file, or why there is none
 * @param directoryServers at least one
 * @param lockingServers empty: ask the directory server
 */
public record ServersFile(
        String origin, List<Address> directoryServers, List<Address> lockingServers) {
    /** The directory server's port when nobody says another. */
    public static final int DIRECTORY_PORT = 8002;

    /** The locking server's port when nobody says another. */
    public static final int LOCKING_PORT = 8004;

    /** The file server's port when nobody says another. */
    public static final int FILES_PORT = 8006;

    private static final String DIRECTORY_KEY = "directory_server";
    private static final String LOCKING_KEY = "locking_server";
    private static final String NAME = "servers.json";
    private static final String NONE = "no servers file, so the default local address";

    /** For all users of a machine, and for what it mounts when it starts. */
    private static final Path SYSTEM = Path.of("/etc/holdfast", NAME);

    /**
     * Finds it: {@code given}, else the file that HOLDFAST_SERVERS names, else servers.json in
     * {@code here}, in the user's configuration folder or in {@code /etc/holdfast}, else the
     * default local address.
     */
    public static ServersFile find(
            Optional<Path> given, Map<String, String> environment, Path here) {
        if (given.isPresent()) {
            return read(given.get());
        }
        String named = environment.getOrDefault("HOLDFAST_SERVERS", "");
        if (!named.isEmpty()) {
            return read(Path.of(named));
        }
        Path users = Folders.of(environment).config().resolve(NAME);
        for (Path candidate : List.of(here.resolve(NAME), users, SYSTEM)) {
            if (Files.exists(candidate)) {
                return read(candidate);
            }
        }
        return new ServersFile(NONE, List.of(new Address("127.0.0.1", DIRECTORY_PORT)), List.of());
    }

    /** Directory servers at these addresses, with commas between them. */
    public static ServersFile at(String addresses) {
        List<Address> all =
                Stream.of(addresses.split(",", -1)).map(Address::parse).toList();
        return new ServersFile(addresses, all, List.of());
    }

    /** What to do when nothing answers at its addresses. */
    public String mend() {
        return origin.equals(NONE) ? "name a servers file with --servers" : "correct " + origin;
    }

    /** Reads {@code file}; MISCONFIGURED says what is wrong with it. */
    public static ServersFile read(Path file) {
        ConfigFile config = ConfigFile.read(file, List.of(DIRECTORY_KEY, LOCKING_KEY));
        List<Address> directories = addresses(config, DIRECTORY_KEY);
        if (directories.isEmpty()) {
            throw config.wrong(
                    DIRECTORY_KEY,
                    "\"directory_server\" is missing; expected \"http://127.0.0.1:8002/\"");
        }
        return new ServersFile(file.toString(), directories, addresses(config, LOCKING_KEY));
    }

    static List<Address> addresses(ConfigFile config, String key) {
        try {
            return config.strings(key).stream().map(Address::parse).toList();
        } catch (FailureException e) {
            throw config.wrong(key, e.failure().message());
        }
    }

    /** The file's text for these addresses. */
    public static String text(Address directory, Address locking) {
        return """
            {
              "directory_server": "http://%s/",
              "locking_server": "http://%s/"
            }
            """.formatted(directory, locking);
    }
}
