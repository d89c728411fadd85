package holdfast.model.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.volume.Access.Right;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Set;

final class AccessListTest {
    private static final String TEXT =
            "user::rwx,user:ann:r-x,user:bob:---,group::r--,group:devs:rw-,mask::rw-,other::--x";

    private static boolean may(String list, String user, Set<String> groups, Right right) {
        return new Access("olga", "staff", 0764, list).allows(user, groups, right);
    }

    @Test
    void aListIsWrittenInOneWay() {
        String mixed = "o::--x\nu:bob:---\nm::rw-\ng:devs:rw-\nu::rwx\nu:ann:r-x\ng::r--\n";
        assertThat(AccessList.parse(TEXT)).hasToString(TEXT);
        assertThat(AccessList.parse(mixed)).hasToString(TEXT).isEqualTo(AccessList.parse(TEXT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "user::rwx",
                "user::rwx,group::r--",
                "user::rwx,group::r--,other::r--,other::r--",
                "user::rwx,user:ann:r--,group::r--,other::r--",
                "user::rwx,group::r--,other:ann:r--",
                "user::rwx,group::r--,mask:ann:r--,other::---",
                "user::wrx,group::r--,other::---",
                "user::rwx,group::r--,other::---,",
                "user::rwx, group::r--,other::---"
            })
    void whatIsNoListIsRefused(String text) {
        assertThatThrownBy(() -> AccessList.parse(text))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.INVALID));
    }

    @Test
    void aNamedUsersEntryDecidesWithinTheMask() {
        assertThat(may(TEXT, "ann", Set.of("devs"), Right.READ)).isTrue();
        assertThat(may(TEXT, "ann", Set.of("devs"), Right.WRITE)).isFalse();
        assertThat(may(TEXT, "ann", Set.of(), Right.EXECUTE)).as("masked").isFalse();
        assertThat(may(TEXT, "bob", Set.of("devs"), Right.EXECUTE)).isFalse();
    }

    @Test
    void anyGroupThatAllowsItDoes() {
        assertThat(may(TEXT, "eve", Set.of("staff", "devs"), Right.WRITE)).isTrue();
        assertThat(may(TEXT, "eve", Set.of("staff"), Right.WRITE)).isFalse();
        assertThat(may(TEXT, "eve", Set.of("staff"), Right.EXECUTE))
                .as("what others may is not for members")
                .isFalse();
        assertThat(may(TEXT, "eve", Set.of(), Right.EXECUTE)).isTrue();
    }

    @Test
    void ownerAndAdministratorAreNotBoundByTheMask() {
        assertThat(may(TEXT, "olga", Set.of(), Right.EXECUTE)).isTrue();
        assertThat(may(TEXT, "root", Set.of(), Right.WRITE)).isTrue();
    }

    @Test
    void modeAndListFollowEachOther() {
        AccessList list = AccessList.parse(TEXT);
        assertThat(list.mode()).isEqualTo(0761);
        assertThat(list.withMode(02640))
                .hasToString("user::rw-,user:ann:r-x,user:bob:---,group::r--,group:devs:rw-,"
                        + "mask::r--,other::---");
        AccessList plain = AccessList.parse("user::rwx,group::r-x,other::---");
        assertThat(plain.isExtended()).isFalse();
        assertThat(plain.mode()).isEqualTo(0750);
        assertThat(plain.withMode(0604)).hasToString("user::rw-,group::---,other::r--");
    }

    @Test
    void whatIsMadeGetsNoMoreThanItsModeGives() {
        AccessList list = AccessList.parse(TEXT);
        assertThat(list.inherited(0640).mode()).isEqualTo(0640);
        assertThat(list.inherited(0666))
                .hasToString("user::rw-,user:ann:r-x,user:bob:---,group::r--,group:devs:rw-,"
                        + "mask::rw-,other::---");
    }
}
