package holdfast.verify.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the rules that can be switched off from {@code mutations.txt}. */
final class Mutations {
    private final List<Mutation> all = new ArrayList<>();
    private final List<Mutation.Edit> edits = new ArrayList<>();
    private final List<String> from = new ArrayList<>();
    private final List<String> to = new ArrayList<>();
    private String name = "";
    private String file = "";

    private Mutations() {}

    static List<Mutation> all() {
        try (InputStream in = Mutations.class.getResourceAsStream("mutations.txt")) {
            if (in == null) {
                throw new IllegalStateException("no mutations.txt");
            }
            Mutations read = new Mutations();
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(read::take);
            read.end();
            return read.all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void take(String line) {
        String rest = line.isEmpty() ? "" : line.substring(1);
        switch (line.isEmpty() ? '#' : line.charAt(0)) {
            case '=' -> {
                end();
                name = rest.strip();
            }
            case '@' -> {
                endEdit();
                file = rest.strip();
            }
            case '-' -> from.add(rest);
            case '+' -> to.add(rest);
            case '#' -> {}
            default -> throw new IllegalStateException("a line of no kind: " + line);
        }
    }

    private void end() {
        endEdit();
        if (!name.isEmpty()) {
            all.add(new Mutation(name, List.copyOf(edits)));
        }
        edits.clear();
    }

    private void endEdit() {
        if (!file.isEmpty()) {
            String before = String.join("\n", from);
            edits.add(new Mutation.Edit(file, before, String.join("\n", to)));
        }
        file = "";
        from.clear();
        to.clear();
    }
}
