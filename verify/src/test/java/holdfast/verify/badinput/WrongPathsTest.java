package holdfast.verify.badinput;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Paths that lead nowhere, or to something else. */
@ExtendWith(SharedCell.class)
final class WrongPathsTest {
    @Test
    void aPathThatNoServerServesIsNamed(ProcessCell cell) {
        assertThat(cell.refused(3, "cat", "/nobody/serves/this"))
                .contains("/nobody/serves/this")
                .contains("holdfast volumes");
    }
}
