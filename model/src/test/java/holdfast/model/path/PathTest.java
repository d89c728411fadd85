package holdfast.model.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HexFormat;

final class PathTest {
    @Test
    void aNameKeepsItsBytes() {
        byte[] decomposed = HexFormat.of().parseHex("e382b7e38299");
        Name name = Name.of(decomposed);
        decomposed[0] = 'x';
        assertThat(name.bytes()).isEqualTo(HexFormat.of().parseHex("e382b7e38299"));
        assertThat(name).isNotEqualTo(Name.of("\u30b8"));
    }

    @Test
    void aNameHas1To255Bytes() {
        assertThat(Name.of("n".repeat(255)).length()).isEqualTo(255);
        assertThatExceptionOfType(FailureException.class)
                .isThrownBy(() -> Name.of("n".repeat(256)))
                .matches(e -> e.code() == FailureCode.NAME_TOO_LONG);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/", "a\0"})
    void someBytesAreNoName(String text) {
        assertThatExceptionOfType(FailureException.class)
                .isThrownBy(() -> Name.of(text))
                .matches(e -> e.code() == FailureCode.INVALID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"...", ".a", " ", "a\n", "-", "\\", "COM1"})
    void everythingElseIsAName(String text) {
        assertThat(Name.of(text).toString()).isEqualTo(text);
    }

    @Test
    void namesAreOrderedByTheirUnsignedBytes() {
        Name high = Name.of(new byte[] {(byte) 0xff});
        assertThat(Name.of("a")).isLessThan(high);
        assertThat(Name.of("a")).isLessThan(Name.of("ab"));
        assertThat(high.toString()).isEqualTo("\\xff");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "//", "/a//b", "/a/./b", "/..", "/a/../b", "/a//"})
    void aPathIsNotCleanedUpButRefused(String text) {
        assertThatExceptionOfType(FailureException.class)
                .isThrownBy(() -> CellPath.parse(text))
                .matches(e -> e.code() == FailureCode.INVALID);
    }

    @Test
    void aPathIsTheNamesFromTheRoot() {
        CellPath path = CellPath.parse("/home/ann/");
        assertThat(path.toString()).isEqualTo("/home/ann");
        assertThat(path.parent().child(Name.of("ann"))).isEqualTo(path);
        assertThat(path.startsWith(CellPath.parse("/home"))).isTrue();
        assertThat(path.startsWith(CellPath.parse("/hom"))).isFalse();
        assertThat(path.below(CellPath.parse("/home"))).containsExactly(Name.of("ann"));
        assertThat(CellPath.parse("/")).isEqualTo(CellPath.ROOT);
        assertThat(CellPath.ROOT.parent()).isEqualTo(CellPath.ROOT);
    }

    @Test
    void aPathHasAtMost1024Names() {
        CellPath.parse("/n".repeat(1_024));
        assertThatExceptionOfType(FailureException.class)
                .isThrownBy(() -> CellPath.parse("/n".repeat(1_025)))
                .matches(e -> e.code() == FailureCode.NAME_TOO_LONG);
    }
}
