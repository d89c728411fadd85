package holdfast.mount.cell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.failure.FailureException;
import holdfast.model.volume.AccessList;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HexFormat;

final class KernelAccessListTest {
    /** What {@code setfacl -m u:1001:rwx,u:1000:r-x,g:50:-w- f} makes of mode 0640. */
    private static final String HEX = "02000000" + "01000600ffffffff"
            + "02000500e8030000"
            + "02000700e9030000"
            + "04000400ffffffff"
            + "0800020032000000"
            + "10000700ffffffff"
            + "20000000ffffffff";

    private static final String TEXT = "user::rw-,user:ann:r-x,user:1001:rwx,group::r--,"
            + "group:devs:-w-,mask::rwx,other::---";

    private static String user(int number) {
        return number == 1000 ? "ann" : Integer.toUnsignedString(number);
    }

    private static String group(int number) {
        return number == 50 ? "devs" : Integer.toUnsignedString(number);
    }

    private static AccessList parse(String hex) {
        return KernelAccessList.parse(
                HexFormat.of().parseHex(hex),
                KernelAccessListTest::user,
                KernelAccessListTest::group);
    }

    @Test
    void aListOfTheKernelIsReadAndWrittenTheSame() {
        AccessList list = parse(HEX);
        assertThat(list).isEqualTo(AccessList.parse(TEXT));
        byte[] bytes = KernelAccessList.bytes(
                list,
                name -> name.equals("ann") ? 1000 : Integer.parseUnsignedInt(name),
                name -> 50);
        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(HEX);
    }

    @Test
    void aListThatIsAModeHasThreeEntries() {
        AccessList list = AccessList.parse("u::rwx,g::r-x,o::--x");
        byte[] bytes = KernelAccessList.bytes(list, name -> 0, name -> 0);
        assertThat(bytes).hasSize(28);
        assertThat(parse(HexFormat.of().formatHex(bytes))).isEqualTo(list);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "02",
                "02000000",
                "03000000" + "01000600ffffffff04000400ffffffff20000000ffffffff",
                "02000000" + "01000600ffffffff04000400ffffffff",
                "02000000" + "01000600ffffffff04000400ffffffff20000000ffffff",
                "02000000" + "01000600ffffffff04000400ffffffff2000f000ffffffff",
                "02000000" + "01000600ffffffff04000400ffffffff40000000ffffffff"
            })
    void whatTheKernelDoesNotMakeIsRefused(String hex) {
        assertThatThrownBy(() -> parse(hex)).isInstanceOf(FailureException.class);
    }
}
