package holdfast.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Stat;
import holdfast.model.id.FileId;
import holdfast.model.volume.AccessList;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Instant;
import java.util.Optional;

final class RowsTest {
    private static final AccessList LIST =
            AccessList.parse("user::rw-,user:bob:r--,group::r--,mask::r--,other::---");

    private static Stat stat(Stat.Type type, int mode, int device, Optional<AccessList> list) {
        return new Stat(
                FileId.rootOf(1),
                type,
                mode,
                "ann",
                "staff",
                1,
                0,
                0,
                0,
                1,
                Instant.EPOCH,
                Instant.EPOCH,
                Instant.EPOCH,
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty(),
                device,
                list.isPresent(),
                list,
                Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        "FILE,-rwsr-x--t",
        "DIRECTORY,drwsr-x--t",
        "SYMLINK,lrwsr-x--t",
        "FIFO,prwsr-x--t",
        "SOCKET,srwsr-x--t",
        "CHARACTER_DEVICE,crwsr-x--t",
        "BLOCK_DEVICE,brwsr-x--t"
    })
    void eachTypeHasTheLetterThatLsGivesIt(Stat.Type type, String shown) {
        assertThat(Rows.mode(stat(type, 05751, 0, Optional.empty()))).isEqualTo(shown);
    }

    @Test
    void aDeviceIsShownAsMajorAndMinorNumber() {
        Stat disk = stat(Stat.Type.BLOCK_DEVICE, 0660, 0x123008ab, Optional.empty());
        assertThat(Rows.fields("/d", disk))
                .containsEntry("type", "block device")
                .containsEntry("device", "8:" + 0x123ab);
        Stat fifo = stat(Stat.Type.FIFO, 0660, 0, Optional.empty());
        assertThat(Rows.fields("/p", fifo))
                .containsEntry("type", "fifo")
                .doesNotContainKey("device");
    }

    @Test
    void anAccessListIsShown() {
        Stat listed = stat(Stat.Type.FILE, 0640, 0, Optional.of(LIST));
        assertThat(Rows.mode(listed)).isEqualTo("-rw-r-----+");
        assertThat(Rows.fields("/f", listed))
                .containsEntry("accessList", LIST.toString())
                .containsEntry("hasXattrs", true)
                .doesNotContainKey("defaultList");
    }
}
