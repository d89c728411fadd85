package holdfast.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;

import java.util.Map;

final class MainTest {
    @Test
    void eachCommandIsFoundByTheNameThatItShows() {
        Map<String, Class<?>> commands = Main.commands();
        assertThat(commands).isNotEmpty();
        commands.forEach((name, type) ->
                assertThat(new CommandLine(type).getCommandName()).isEqualTo(name));
    }

    @Test
    void theHelpListsEachCommandButThoseOfTheBuild() {
        String help = Main.commandLine().getUsageMessage();
        for (String name : Main.commands().keySet()) {
            if (!name.equals("rehearse")) {
                assertThat(help).contains("\n  " + name + " ");
            }
        }
        assertThat(help).doesNotContain("rehearse");
    }
}
