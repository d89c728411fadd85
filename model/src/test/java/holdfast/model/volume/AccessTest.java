package holdfast.model.volume;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.volume.Access.Right;

import org.junit.jupiter.api.Test;

import java.util.Set;

final class AccessTest {
    private static final Set<String> NONE = Set.of();

    @Test
    void theFirstClassThatTheUserBelongsToDecides() {
        Access access = new Access("ann", "staff", 0074);
        assertThat(access.allows("ann", Set.of("staff"), Right.READ)).isFalse();
        assertThat(access.allows("bob", Set.of("staff"), Right.WRITE)).isTrue();
        assertThat(access.allows("bob", NONE, Right.READ)).isTrue();
        assertThat(access.allows("bob", NONE, Right.WRITE)).isFalse();
    }

    @Test
    void nothingIsRefusedToTheAdministrator() {
        Access access = new Access("ann", "staff", 0);
        for (Right right : Right.values()) {
            assertThat(access.allows(Access.ADMINISTRATOR, NONE, right)).isTrue();
            assertThat(access.allows("ann", NONE, right)).isFalse();
        }
    }

    @Test
    void aFileIsOwnedByItsOwnerAndTheAdministrator() {
        Access access = new Access("ann", "staff", 0);
        assertThat(access.ownedBy("ann")).isTrue();
        assertThat(access.ownedBy(Access.ADMINISTRATOR)).isTrue();
        assertThat(access.ownedBy("bob")).isFalse();
    }

    @Test
    void privilegesAreSetUserAndSetGroupOfAProgram() {
        assertThat(ModeBits.withoutPrivileges(06755, true)).isEqualTo(0755);
        assertThat(ModeBits.withoutPrivileges(06745, true)).isEqualTo(02745);
        assertThat(ModeBits.withoutPrivileges(06745, false)).isEqualTo(0745);
        assertThat(ModeBits.withoutPrivileges(01777, false)).isEqualTo(01777);
    }

    @Test
    void aModeHasTwelveBits() {
        assertThat(ModeBits.valid(07777)).isTrue();
        assertThat(ModeBits.valid(010000)).isFalse();
        assertThat(ModeBits.valid(-1)).isFalse();
    }
}
