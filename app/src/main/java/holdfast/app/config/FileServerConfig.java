package holdfast.app.config;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;
import holdfast.model.volume.Zone;
import holdfast.wire.transport.Address;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file server's configuration: {@code {"serving_dirs": ["/etc"], "directory_server":
 * "http://127.0.0.1:8002/", "files_root": "./fs1_root"}}.
 *
 * @param servingDirs cell paths; each new one becomes a volume mounted there
 * @param directoryServers at least one
 * @param filesRoot the data folder; a relative one is relative to the current folder
 * @param zone what fails together with it, such as a rack
 * @param catchUpBytesASecond how much it brings, at most, of what it lacks from its fellow
 *     replicas; empty for the usual
 */
public record FileServerConfig(
        List<CellPath> servingDirs,
        List<Address> directoryServers,
        Path filesRoot,
        Optional<String> zone,
        OptionalLong catchUpBytesASecond) {
    private static final long CATCH_UP_MIN = 64L << 10;

    private static final String DIRS_KEY = "serving_dirs";
    private static final String DIRECTORY_KEY = "directory_server";
    private static final String ROOT_KEY = "files_root";
    private static final String ZONE_KEY = "zone";

    public FileServerConfig {
        servingDirs = List.copyOf(servingDirs);
        directoryServers = List.copyOf(directoryServers);
    }

    /** Reads {@code file}; MISCONFIGURED says what is wrong with it. */
    public static FileServerConfig read(Path file) {
        ConfigFile config =
                ConfigFile.read(file, List.of(DIRS_KEY, DIRECTORY_KEY, ROOT_KEY, ZONE_KEY));
        List<Address> directories = ServersFile.addresses(config, DIRECTORY_KEY);
        if (directories.isEmpty()) {
            throw config.wrong(
                    DIRECTORY_KEY,
                    "\"directory_server\" is missing; expected \"http://127.0.0.1:8002/\"");
        }
        return new FileServerConfig(
                servingDirs(config),
                directories,
                Path.of(config.string(ROOT_KEY, "\"./fs1_root\"")),
                zone(config),
                OptionalLong.empty());
    }

    private static Optional<String> zone(ConfigFile config) {
        Optional<String> zone = config.optional(ZONE_KEY);
        if (!zone.map(Zone::isOne).orElse(true)) {
            throw config.wrong(ZONE_KEY, Zone.RULE);
        }
        return zone;
    }

    /** The same in {@code name}; INVALID when that can't be a zone. */
    public FileServerConfig inZone(String name) {
        if (!Zone.isOne(name)) {
            throw FailureException.of(FailureCode.INVALID, Zone.RULE);
        }
        return new FileServerConfig(
                servingDirs, directoryServers, filesRoot, Optional.of(name), catchUpBytesASecond);
    }

    /** The same bringing at most so many bytes a second; INVALID when that would take forever. */
    public FileServerConfig catchingUp(long bytesASecond) {
        if (bytesASecond < CATCH_UP_MIN) {
            throw FailureException.of(
                    FailureCode.INVALID, "a replica catches up with 64KiB a second or more");
        }
        return new FileServerConfig(
                servingDirs, directoryServers, filesRoot, zone, OptionalLong.of(bytesASecond));
    }

    private static List<CellPath> servingDirs(ConfigFile config) {
        try {
            return config.strings(DIRS_KEY).stream()
                    .map(CellPath::parse)
                    .distinct()
                    .toList();
        } catch (FailureException e) {
            throw config.wrong(DIRS_KEY, e.failure().toString());
        }
    }
}
