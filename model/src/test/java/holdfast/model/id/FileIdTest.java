package holdfast.model.id;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class FileIdTest {
    @Test
    void anIdIsAVolumeAndAVnode() {
        FileId id = FileId.of(FileId.VOLUME_MAX, FileId.VNODE_MAX);
        assertThat(id.value()).isEqualTo(-1L);
        assertThat(id.volume()).isEqualTo(FileId.VOLUME_MAX);
        assertThat(id.vnode()).isEqualTo(FileId.VNODE_MAX);
        assertThat(FileId.of(3, 0x1a4)).hasToString("3.1a4");
        assertThat(FileId.rootOf(3).isRoot()).isTrue();
        assertThat(FileId.rootOf(3)).isLessThan(id);
    }

    @Test
    void neitherNumberIsZeroOrTooLarge() {
        assertThat(FileId.valid(0)).isFalse();
        assertThat(FileId.valid(1)).isFalse();
        assertThat(FileId.valid(1L << FileId.VNODE_BITS)).isFalse();
        assertThat(FileId.valid((1L << FileId.VNODE_BITS) + 1)).isTrue();
        assertThatIllegalArgumentException().isThrownBy(() -> new FileId(1));
        assertThatIllegalArgumentException().isThrownBy(() -> FileId.of(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> FileId.of(1 << 20, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> FileId.of(1, 1L << 44));
    }
}
