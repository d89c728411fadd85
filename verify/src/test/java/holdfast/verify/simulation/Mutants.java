package holdfast.verify.simulation;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles mutated sources, in a folder of their own. */
final class Mutants {
    private static final List<String> SOURCES = List.of(
            "model/src/main/java",
            "wire/src/main/java",
            "server/src/main/java",
            "client/src/main/java",
            "verify/src/test/java");

    private final Path project = project();

    /** The classes of the mutated file, by their names. */
    Map<String, byte[]> compile(Mutation mutation) {
        try {
            Path out = Files.createTempDirectory("mutant");
            try {
                compile(mutation, out);
                return classes(out);
            } finally {
                remove(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The mutated sources; fails unless each text to be changed is there exactly once. */
    Map<String, String> mutated(Mutation mutation) {
        Map<String, String> sources = new HashMap<>();
        for (Mutation.Edit edit : mutation.edits()) {
            String text = sources.computeIfAbsent(edit.file(), this::read);
            int at = text.indexOf(edit.from());
            if (at < 0 || text.indexOf(edit.from(), at + 1) >= 0) {
                throw new IllegalStateException(
                        "not in " + edit.file() + " exactly once: " + edit.from());
            }
            sources.put(edit.file(), text.replace(edit.from(), edit.to()));
        }
        return sources;
    }

    private String read(String file) {
        try {
            return Files.readString(source(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path source(String file) {
        return SOURCES.stream()
                .map(folder -> project.resolve(folder).resolve(file))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no source " + file));
    }

    private void compile(Mutation mutation, Path out) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        List<JavaFileObject> sources = mutated(mutation).entrySet().stream()
                .map(source -> inMemory(source.getKey(), source.getValue()))
                .toList();
        List<String> options = List.of(
                "-proc:none",
                "-nowarn",
                "-d",
                out.toString(),
                "-cp",
                System.getProperty("java.class.path"));
        if (!compiler.getTask(said, null, null, options, null, sources).call()) {
            throw new IllegalStateException("\"" + mutation.name() + "\": " + said);
        }
    }

    private static JavaFileObject inMemory(String file, String text) {
        return new SimpleJavaFileObject(
                URI.create("string:///" + file), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean lenient) {
                return text;
            }
        };
    }

    private static Map<String, byte[]> classes(Path out) throws IOException {
        Map<String, byte[]> classes = new HashMap<>();
        try (Stream<Path> files = Files.walk(out)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = out.relativize(file).toString();
                classes.put(
                        name.substring(0, name.length() - ".class".length()).replace('/', '.'),
                        Files.readAllBytes(file));
            }
        }
        return classes;
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        }
    }

    /** The folder of the sources. */
    static Path project() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("verify/pom.xml"))) {
            at = at.getParent();
            if (at == null) {
                throw new IllegalStateException("not in the project");
            }
        }
        return at;
    }
}
