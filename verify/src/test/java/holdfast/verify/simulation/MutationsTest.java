package holdfast.verify.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;

/** That the table of mutations keeps up with the sources. */
class MutationsTest {
    static List<Mutation> mutations() {
        return Mutations.all();
    }

    @ParameterizedTest
    @MethodSource("mutations")
    void theTextThatAMutationChangesIsThereOnce(Mutation mutation) {
        assertThat(new Mutants().mutated(mutation)).isNotEmpty();
    }
}
