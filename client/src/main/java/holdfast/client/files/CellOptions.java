package holdfast.client.files;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How to connect to a cell.
 *
 * @param directoryServers addresses, {@code host:port} or {@code http://host:port/}; at least one
 * @param lockingServers addresses; empty: ask the directory server
 * @param cacheFolder where the cache lies; empty: the user's cache folder
 * @param cacheBytes its budget; empty: 10 GiB or a tenth of the disk, whichever is less
 * @param user who calls; empty: the user that runs this process
 * @param groups the caller's groups, the first being that of new files; empty: those of the user
 * @param timeout of a call that names none
 * @param oneShot asks for no promises: for a process that makes a few calls and ends
 */
public record CellOptions(
        List<String> directoryServers,
        List<String> lockingServers,
        Optional<Path> cacheFolder,
        Optional<Long> cacheBytes,
        Optional<String> user,
        List<String> groups,
        Duration timeout,
        boolean oneShot) {

    /** A cell whose directory server listens at {@code address}. */
    public static CellOptions at(String address) {
        return new CellOptions(
                List.of(address),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Duration.ofSeconds(30),
                false);
    }

    public CellOptions withLocking(List<String> addresses) {
        return new CellOptions(
                directoryServers,
                addresses,
                cacheFolder,
                cacheBytes,
                user,
                groups,
                timeout,
                oneShot);
    }

    public CellOptions withCache(Path folder) {
        return new CellOptions(
                directoryServers,
                lockingServers,
                Optional.of(folder),
                cacheBytes,
                user,
                groups,
                timeout,
                oneShot);
    }

    public CellOptions withCacheBytes(long bytes) {
        return new CellOptions(
                directoryServers,
                lockingServers,
                cacheFolder,
                Optional.of(bytes),
                user,
                groups,
                timeout,
                oneShot);
    }

    public CellOptions withCaller(String name, List<String> memberOf) {
        return new CellOptions(
                directoryServers,
                lockingServers,
                cacheFolder,
                cacheBytes,
                Optional.of(name),
                memberOf,
                timeout,
                oneShot);
    }

    public CellOptions withTimeout(Duration limit) {
        return new CellOptions(
                directoryServers,
                lockingServers,
                cacheFolder,
                cacheBytes,
                user,
                groups,
                limit,
                oneShot);
    }

    public CellOptions asOneShot() {
        return new CellOptions(
                directoryServers,
                lockingServers,
                cacheFolder,
                cacheBytes,
                user,
                groups,
                timeout,
                true);
    }
}
