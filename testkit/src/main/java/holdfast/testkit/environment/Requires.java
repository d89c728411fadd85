package holdfast.testkit.environment;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Says what a test can't run without, as its first statement: {@code Requires.command("diff")}.
 * Where it is missing, the test is reported as skipped, with the reason; in continuous integration
 * ({@code CI=true}) it fails.
 */
public final class Requires {
    private static final Requires HERE = new Requires(System.getenv());

    private final Map<String, String> environment;

    Requires(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /** Needs a program in the PATH. */
    public static Path command(String name) {
        Optional<Path> found = HERE.find(name);
        HERE.check(found.isPresent(), "needs the command " + name);
        return found.orElseThrow();
    }

    /** Needs a file or folder that can be read. */
    public static Path readable(Path path) {
        HERE.check(Files.isReadable(path), "needs " + path);
        return path;
    }

    /** Needs the rights of root. */
    public static void root() {
        HERE.check(System.getProperty("user.name", "").equals("root"), "needs root");
    }

    /** Needs {@code present}; {@code reason} says what, as in "needs a second disk". */
    public static void that(boolean present, String reason) {
        HERE.check(present, reason);
    }

    void check(boolean present, String reason) {
        if (present) {
            return;
        }
        if (environment.getOrDefault("CI", "").equals("true")) {
            Assertions.fail(reason + ", and in continuous integration no test is skipped");
        }
        Assumptions.abort(reason);
    }

    Optional<Path> find(String command) {
        String path = environment.getOrDefault("PATH", "");
        return Stream.of(path.split(Pattern.quote(File.pathSeparator), -1))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, command))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
