package holdfast.examples;

import holdfast.client.files.CellOptions;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What the examples are started with: {@code HOST:PORT CACHE_FOLDER [SECONDS]}.
 *
 * @param directoryServer its address
 * @param cacheFolder where this program's cache lies
 * @param hold how long Client1 keeps its file open
 */
record Arguments(String directoryServer, Path cacheFolder, Duration hold) {
    private static final Duration HOLD = Duration.ofSeconds(15);

    static Arguments of(String program, String... words) {
        if (words.length < 2 || words.length > 3) {
            System.err.println(program + ": expected HOST:PORT CACHE_FOLDER [SECONDS]");
            System.exit(1);
        }
        Duration hold = words.length == 3 ? Duration.ofSeconds(Long.parseLong(words[2])) : HOLD;
        return new Arguments(words[0], Path.of(words[1]), hold);
    }

    CellOptions options() {
        return CellOptions.at(directoryServer).withCache(cacheFolder);
    }
}
