package holdfast.mount.cell;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.CellException;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.mount.fuse.Errno;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;

/** What programs are told of failures that POSIX does not know. */
class ErrorsTest {
    @ParameterizedTest
    @CsvSource({
        "NO_SPACE, ENOSPC",
        "QUOTA_EXCEEDED, EDQUOT",
        "DAMAGED, EIO",
        "STALE, ESTALE",
        "UNAVAILABLE, ETIMEDOUT",
        "TIMED_OUT, ETIMEDOUT",
        "CANCELLED, EINTR",
        "LOCK_HELD, EAGAIN"
    })
    void theCellsFailuresHaveAnErrno(FailureCode failure, Errno errno) {
        CellException e = new CellException(FailureException.of(failure, "so"));
        assertThat(Errors.exception(e).errno()).isEqualTo(errno);
    }

    @Test
    void aFullDiskHereIsNoSpace() {
        IOException e = new IOException("No space left on device");
        assertThat(Errors.exception(e).errno()).isEqualTo(Errno.ENOSPC);
    }

    @Test
    void anythingElseOfTheDiskHereIsAnError() {
        IOException e = new IOException("Input/output error");
        assertThat(Errors.exception(e).errno()).isEqualTo(Errno.EIO);
    }
}
