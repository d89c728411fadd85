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
 * its virtual threads must take their turns from us, and its hash codes come from no address. Its
 * time is not the machine's, so it runs while others wait.
 */
class SimulationTest {
    private static final String FROM = System.getProperty("holdfast.simulation.from", "0");
    private static final String SEEDS = System.getProperty("holdfast.simulation.seeds", "2000");

    @TempDir
    private Path folder;

    @Test
    void everyRuleHoldsInEveryRun() throws Exception {
        long from = Long.parseLong(FROM);
        long count = Long.parseLong(SEEDS);
        long half = count / 2;
        Running one = start("" + from, "" + half);
        Running other = start("" + (from + half), "" + (count - half));
        assertThat(one.said() + other.said()).isEmpty();
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
                        "100",
                        "break promises",
                        "wait for acknowledgements",
                        "a break is handled before it is acknowledged",
                        "use nothing cached without a lease",
                        "grant one exclusive lock",
                        "commit the end of a session"))
                .isEmpty();
    }

    private String simulate(String... words) throws IOException, InterruptedException {
        return start(words).said();
    }

    /** A simulator in a process of its own. */
    private record Running(Process process, Path out) {
        /** What it says when something was wrong; it has printed the seeds. */
        String said() throws IOException, InterruptedException {
            return process.waitFor() == 0 ? "" : Files.readString(out);
        }
    }

    private Running start(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("nice", "-n", "19"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Files.readAllLines(Mutants.project().resolve("verify/simulate.flags")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(Simulate.class.getName());
        command.addAll(List.of(words));
        Path said = Files.createTempFile(folder, "said", "");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        return new Running(process, said);
    }
}
