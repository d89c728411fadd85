package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.Machines.Machine;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/** The tests' machines are parted when they are said to be. */
final class MachinesTest {
    @TempDir
    Path folder;

    private boolean reaches(Machine from, Machine to) {
        return LocalProcess.java(from.here(), folder, Knock.class, List.of("at", to.address()))
                        .awaitEnd()
                == 0;
    }

    @Test
    void machinesReachEachOtherUntilTheyAreParted() {
        try (Machines machines = Machines.start(folder, 2)) {
            Machine one = machines.machine(1);
            Machine other = machines.machine(2);
            LocalProcess listener = LocalProcess.java(
                    other.here(), folder, Knock.class, List.of("listen", other.address()));
            try {
                listener.awaitOut("listening");
                assertThat(reaches(one, other)).isTrue();
                assertThat(reaches(other, other)).isTrue();
                one.loses(other);
                assertThat(reaches(one, other)).isFalse();
                one.reaches(other);
                assertThat(reaches(one, other)).isTrue();
                other.loses(one);
                assertThat(reaches(one, other)).isFalse();
                machines.heal();
                assertThat(reaches(one, other)).isTrue();
                other.unplug();
                assertThat(reaches(one, other)).isFalse();
                assertThat(reaches(other, other)).isTrue();
                machines.heal();
                assertThat(reaches(one, other)).isTrue();
            } finally {
                listener.kill();
            }
        }
    }
}
