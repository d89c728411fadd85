package holdfast.mount.cell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.time.WallClock;
import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;

/** Nothing is open here, so that what is not refused for its length finds no writer. */
final class ContentsTest {
    private static final long MOST = ChunkBounds.FILE_BYTES_MAX;

    private final Contents contents = new Contents();
    private final Clock clock = WallClock.system();

    private static Errno errno(ThrowingCallable call) {
        return catchThrowableOfType(FuseException.class, call).errno();
    }

    @Test
    void whatNoStoreTakesIsRefusedWhenItIsWritten() {
        ByteBuffer two = ByteBuffer.allocate(2);
        assertThat(errno(() -> contents.write(two, MOST - 1, clock))).isEqualTo(Errno.EFBIG);
        assertThat(errno(() -> contents.truncate(MOST + 1, clock))).isEqualTo(Errno.EFBIG);
        assertThat(errno(() -> contents.extend(MOST + 1, clock))).isEqualTo(Errno.EFBIG);
    }

    @Test
    void theLargestFileIsNotRefused() {
        ByteBuffer two = ByteBuffer.allocate(2);
        assertThat(errno(() -> contents.write(two, MOST - 2, clock))).isEqualTo(Errno.EBADF);
        assertThat(errno(() -> contents.truncate(MOST, clock))).isEqualTo(Errno.EBADF);
        assertThat(errno(() -> contents.extend(MOST, clock))).isEqualTo(Errno.EBADF);
    }

    @Test
    void aFullLocalDiskIsNoBrokenOne() {
        assertThat(Errors.exception(new IOException("No space left on device")).errno())
                .isEqualTo(Errno.ENOSPC);
        assertThat(Errors.exception(new IOException("Input/output error")).errno())
                .isEqualTo(Errno.EIO);
    }
}
