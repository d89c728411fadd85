package holdfast.verify.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs of clients under faults, each from a seed, in a simulated world. In a JVM of their own:
 * its virtual threads must take their turns from us, and its hash codes come from no address.
 */
class SimulationTest {
    private static final String FROM = System.getProperty("holdfast.simulation.from", "0");
    private static final String SEEDS = System.getProperty("holdfast.simulation.seeds", "2000");

    @TempDir
    private Path folder;

    @Test
    void everyRuleHoldsInEveryRun() throws Exception {
        assertThat(simulate(FROM, SEEDS)).isEmpty();
    }

    @Test
    void aSeedGivesTheSameRunEachTime() throws Exception {
        assertThat(simulate("--twice", "10")).isEmpty();
    }

    /** A few of them, since each takes its time; {@code docs/simulation.md} has all. */
    @Test
    void aRuleThatIsSwitchedOffIsNoticed() throws Exception {
        assertThat(simulate(
                        "--mutations",
                        "200",
                        "break promises",
                        "wait for acknowledgements",
                        "a break is handled before it is acknowledged",
                        "use nothing cached without a lease",
                        "wait for claims after a takeover",
                        "commit the end of a session"))
                .isEmpty();
    }

    /** What the simulator says when something was wrong; it has printed the seeds. */
    private String simulate(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Files.readAllLines(Mutants.project().resolve("verify/simulate.flags")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(Simulate.class.getName());
        command.addAll(List.of(words));
        Path said = folder.resolve("said");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        return process.waitFor() == 0 ? "" : Files.readString(said);
    }
}
