package holdfast.app.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The user's folders, by the XDG base directory specification.
 *
 * @param config for configuration
 * @param data for a cell's data
 * @param cache for cached contents; {@code $HOLDFAST_CACHE} goes first
 */
public record Folders(Path config, Path data, Path cache) {
    /** Those that {@code environment} names. */
    public static Folders of(Map<String, String> environment) {
        Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", "/")));
        return new Folders(
                folder(environment, "XDG_CONFIG_HOME", home.resolve(".config")),
                folder(environment, "XDG_DATA_HOME", home.resolve(".local/share")),
                named(environment, "HOLDFAST_CACHE")
                        .orElse(folder(environment, "XDG_CACHE_HOME", home.resolve(".cache"))));
    }

    private static Path folder(Map<String, String> environment, String variable, Path otherwise) {
        return named(environment, variable).orElse(otherwise).resolve("holdfast");
    }

    private static Optional<Path> named(Map<String, String> environment, String variable) {
        return Optional.ofNullable(environment.get(variable))
                .filter(text -> !text.isEmpty())
                .map(Path::of);
    }
}
