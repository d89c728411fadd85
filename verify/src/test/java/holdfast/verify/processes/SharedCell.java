package holdfast.verify.processes;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Gives all tests of a class the same {@link ProcessCell}, started for the first of them. */
public final class SharedCell implements ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SharedCell.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == ProcessCell.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        ExtensionContext ofTheClass = context.getParent().orElse(context);
        return ofTheClass
                .getStore(NAMESPACE)
                .computeIfAbsent(
                        SharedCell.class, key -> new InFolder(members(ofTheClass)), InFolder.class)
                .cell;
    }

    private static int members(ExtensionContext ofTheClass) {
        return ofTheClass
                .getTestClass()
                .map(type -> type.getAnnotation(Members.class))
                .map(Members::value)
                .orElse(ProcessCell.MEMBERS);
    }

    private static final class InFolder implements AutoCloseable {
        private final Path folder;
        private final ProcessCell cell;

        InFolder(int members) {
            try {
                folder = Files.createTempDirectory("holdfast-cell");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            cell = ProcessCell.start(folder, members);
        }

        @Override
        public void close() throws IOException {
            cell.close();
            List<Path> all;
            try (Stream<Path> below = Files.walk(folder)) {
                all = below.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path path : all) {
                Files.delete(path);
            }
        }
    }
}
