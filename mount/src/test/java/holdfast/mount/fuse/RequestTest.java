package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.path.Name;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Whatever comes from the device, nothing beyond it is read and nothing is believed unchecked. */
class RequestTest {
    private final Memory memory = new Memory(1, 1, Duration.ZERO);
    private final Operations operations = new Operations(new FuseFileSystem() {}, memory);

    private static MemorySegment request(int operation, byte[] body) {
        int length = Request.HEADER_BYTES + body.length;
        MemorySegment request = Arena.ofAuto().allocate(length, Long.BYTES);
        request.set(ValueLayout.JAVA_INT, 0, length);
        request.set(ValueLayout.JAVA_INT, 4, operation);
        MemorySegment.copy(
                body, 0, request, ValueLayout.JAVA_BYTE, Request.HEADER_BYTES, body.length);
        return request;
    }

    private Errno failure(int operation, byte[] body) throws InterruptedException {
        return failure(operations, operation, body);
    }

    private Errno failure(Operations operations, int operation, byte[] body)
            throws InterruptedException {
        Frame frame = memory.takeFrame();
        Reply reply = new Reply(frame, memory);
        try {
            operations.answer(
                    Request.of(request(operation, body)), new Call(0, 0, 0), frame, reply);
            return Errno.EPERM; // none of the answers below
        } catch (FuseException e) {
            return e.errno();
        } finally {
            reply.done();
            memory.give(frame);
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                Opcode.LOOKUP,
                Opcode.GETATTR,
                Opcode.SETATTR,
                Opcode.SYMLINK,
                Opcode.MKNOD,
                Opcode.MKDIR,
                Opcode.UNLINK,
                Opcode.RMDIR,
                Opcode.RENAME,
                Opcode.LINK,
                Opcode.OPEN,
                Opcode.READ,
                Opcode.WRITE,
                Opcode.RELEASE,
                Opcode.FSYNC,
                Opcode.SETXATTR,
                Opcode.GETXATTR,
                Opcode.LISTXATTR,
                Opcode.REMOVEXATTR,
                Opcode.FLUSH,
                Opcode.OPENDIR,
                Opcode.READDIR,
                Opcode.RELEASEDIR,
                Opcode.FSYNCDIR,
                Opcode.GETLK,
                Opcode.SETLK,
                Opcode.SETLKW,
                Opcode.ACCESS,
                Opcode.CREATE,
                Opcode.FALLOCATE,
                Opcode.READDIRPLUS,
                Opcode.RENAME2,
                Opcode.LSEEK,
                Opcode.COPY_FILE_RANGE,
                Opcode.TMPFILE,
                Opcode.STATX,
                Opcode.COPY_RANGE_64
            })
    void whatIsCutOffFailsBeforeTheFileSystemIsAsked(int operation) throws InterruptedException {
        assertThat(failure(operation, new byte[0])).isEqualTo(Errno.EIO);
        assertThat(failure(operation, new byte[] {'a', 'b', 'c'})).isEqualTo(Errno.EIO);
    }

    @ParameterizedTest
    @CsvSource({Opcode.MKDIR + ",1", Opcode.MKNOD + ",2", Opcode.CREATE + ",2"})
    void theUmaskOfWhoMakesSomethingComesAlong(int operation, int numbersBefore)
            throws InterruptedException {
        List<Integer> seen = new ArrayList<>();
        Operations making = new Operations(
                new FuseFileSystem() {
                    @Override
                    public Entry mkdir(Call call, long parent, Name name, int mode) {
                        return noted(call, name);
                    }

                    @Override
                    public Entry mknod(Call call, long parent, Name name, int mode, int device) {
                        return noted(call, name);
                    }

                    @Override
                    public Created create(
                            Call call, long parent, Name name, int mode, OpenMode how) {
                        throw new IllegalStateException(noted(call, name).toString());
                    }

                    private Entry noted(Call call, Name name) {
                        assertThat(name).hasToString("made");
                        seen.add(call.umask());
                        throw new FuseException(Errno.EDEADLK);
                    }
                },
                memory);
        ByteBuffer body =
                ByteBuffer.allocate(4 * numbersBefore * 2 + 5).order(ByteOrder.nativeOrder());
        body.position(4 * numbersBefore).putInt(027).position(4 * numbersBefore * 2);
        body.put("made".getBytes(StandardCharsets.US_ASCII));
        assertThat(failure(making, operation, body.array())).isEqualTo(Errno.EDEADLK);
        assertThat(seen).containsExactly(027);
    }

    @Test
    void randomBytesAreAnsweredToo() throws InterruptedException {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] body = new byte[random.nextInt(200)];
            random.nextBytes(body);
            failure(random.nextInt(60), body);
        }
        assertThat(memory.takeFrame()).isNotNull();
        assertThat(memory.takeBlock().byteSize()).isGreaterThan(Memory.TRANSFER_BYTES_MAX);
    }

    @Test
    void aLengthThatIsNotTheRequestsOwnIsRefused() {
        MemorySegment request = request(Opcode.STATFS, new byte[0]);
        request.set(ValueLayout.JAVA_INT, 0, 41);
        assertThatThrownBy(() -> Request.of(request)).isInstanceOf(FuseException.class);
        assertThatThrownBy(() -> Request.of(request.asSlice(0, 39)))
                .isInstanceOf(FuseException.class);
    }

    @Test
    void moreMemoryThanThereMayBeIsRefusedAndNotWaitedForEver() throws InterruptedException {
        MemorySegment block = memory.takeBlock();
        assertThatThrownBy(memory::takeBlock)
                .isInstanceOfSatisfying(
                        FuseException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOMEM));
        memory.give(block);
        assertThat(memory.takeBlock()).isEqualTo(block);
    }
}
