package holdfast.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Every command explains itself. */
final class HelpTest {
    static List<String> commands() {
        List<String> names = new ArrayList<>(List.of(""));
        collect(Main.commandLine(), "", names);
        assertThat(names).contains("ls", "volumes create", "recover send").hasSizeGreaterThan(40);
        return names;
    }

    private static void collect(CommandLine command, String above, List<String> names) {
        command.getSubcommands().forEach((name, below) -> {
            if (!below.getCommandSpec().usageMessage().hidden()) {
                names.add((above + " " + name).strip());
                collect(below, above + " " + name, names);
            }
        });
    }

    private static CommandLine find(String words) {
        CommandLine command = Main.commandLine();
        for (String word : words.split(" ", -1)) {
            command = word.isEmpty()
                    ? command
                    : Objects.requireNonNull(command.getSubcommands().get(word), words);
        }
        return command;
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpEndsWellAndShowsAnExample(String words) {
        StringWriter out = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of(words.split(" ", -1)));
        arguments.removeIf(String::isEmpty);
        arguments.add("--help");
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .execute(arguments.toArray(String[]::new));
        assertThat(code).isZero();
        assertThat(out.toString().lines())
                .as(out.toString())
                .contains("Examples:")
                .anyMatch(line -> line.startsWith("  ") && line.contains("holdfast " + words))
                .allMatch(line -> line.length() <= 80);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void eachOptionAndParameterIsDescribed(String words) {
        CommandSpec spec = find(words).getCommandSpec();
        assertThat(spec.usageMessage().description()).isNotEmpty();
        Stream<ArgSpec> arguments =
                Stream.concat(spec.options().stream(), spec.positionalParameters().stream());
        assertThat(arguments.filter(each -> each.description().length == 0))
                .map(ArgSpec::toString)
                .isEmpty();
    }
}
