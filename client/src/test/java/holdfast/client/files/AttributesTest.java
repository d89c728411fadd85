package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;

import holdfast.client.files.Cell.Changes;
import holdfast.model.failure.FailureCode;
import holdfast.model.volume.AccessList;
import holdfast.wire.files.FileMethods;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Special files, whom things are made for, times, extended attributes and access lists. */
class AttributesTest extends FakeCellTest {
    private static final String LIST = "user::rw-,user:bob:rw-,group::r--,mask::rw-,other::---";

    private Cell one = NoCell.INSTANCE;
    private Cell two = NoCell.INSTANCE;

    @BeforeEach
    void connectBoth() throws CellException {
        one = connect();
        two = connect();
        write(one, "/f", "x");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void failsWith(FailureCode code, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        CellException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static Optional<String> xattr(Cell cell, String path, String name)
            throws CellException {
        return cell.xattr(path(path), name).map(value -> new String(value, StandardCharsets.UTF_8));
    }

    // ---- special files -------------------------------------------------------------------------

    @Test
    void specialFilesAreNamesWithAttributes() throws CellException {
        for (Stat.Type type : List.of(Stat.Type.FIFO, Stat.Type.SOCKET)) {
            Stat made = one.mknod(path("/" + type), type, 0640, 5, MadeFor.CALLER);
            assertThat(made.type()).isEqualTo(type);
            Stat seen = two.stat(path("/" + type));
            assertThat(seen).isEqualTo(made);
            assertThat(seen.mode()).isEqualTo(0640);
            assertThat(seen.device()).isZero();
            assertThat(seen.isFile()).isFalse();
            two.rename(path("/" + type), path("/renamed"), Cell.RenameMode.REPLACE);
            one.remove(path("/renamed"));
        }
    }

    @Test
    void devicesAreMadeByTheAdministratorAndKeepTheirNumbers() throws CellException {
        failsWith(
                FailureCode.NOT_PERMITTED,
                () -> one.mknod(
                        path("/null"), Stat.Type.CHARACTER_DEVICE, 0666, 0x103, MadeFor.CALLER));
        connect("root")
                .mknod(path("/null"), Stat.Type.CHARACTER_DEVICE, 0666, 0x103, MadeFor.CALLER);
        Stat seen = one.stat(path("/null"));
        assertThat(seen.device()).isEqualTo(0x103);
        assertThat(seen.major()).isEqualTo(1);
        assertThat(seen.minor()).isEqualTo(3);
        List<Stat> listed = new ArrayList<>();
        two.list(path("/"), entry -> listed.add(entry.stat()));
        assertThat(listed).contains(seen);
    }

    @Test
    void aSpecialFileIsNeitherReadNorWritten() throws CellException {
        one.mknod(path("/fifo"), Stat.Type.FIFO, 0666, 0, MadeFor.CALLER);
        failsWith(FailureCode.UNSUPPORTED, () -> read(two, "/fifo"));
        failsWith(FailureCode.UNSUPPORTED, () -> two.open(path("/fifo"), OpenRequest.create()));
        failsWith(FailureCode.UNSUPPORTED, () -> write(two, "/fifo", "x"));
        failsWith(FailureCode.NOT_A_DIRECTORY, () -> two.stat(path("/fifo/x")));
    }

    // ---- whom things are made for --------------------------------------------------------------

    @Test
    void theAdministratorMakesThingsForOthersAndTheirUmask() throws CellException {
        Cell root = connect("root");
        MadeFor ann = new MadeFor(Optional.of("ann"), Optional.of("staff"), 027);
        root.mkdir(path("/d"), 0777, ann);
        root.symlink(bytes("f"), path("/l"), ann);
        root.mknod(path("/p"), Stat.Type.FIFO, 0666, 0, ann);
        root.open(path("/new"), OpenRequest.createNew().withMode(0666).forWhom(ann))
                .close();
        for (String made : List.of("/d", "/l", "/p", "/new")) {
            assertThat(two.lstat(path(made)).owner()).isEqualTo("ann");
            assertThat(two.lstat(path(made)).group()).isEqualTo("staff");
        }
        assertThat(two.stat(path("/d")).mode()).isEqualTo(0750);
        assertThat(two.stat(path("/new")).mode()).isEqualTo(0640);
        MadeFor bob = new MadeFor(Optional.of("bob"), Optional.empty(), 0);
        failsWith(FailureCode.NOT_PERMITTED, () -> one.mkdir(path("/e"), 0777, bob));
    }

    // ---- times ---------------------------------------------------------------------------------

    @Test
    void whoMayWriteSetsBothTimesToNow() throws CellException {
        Instant old = Instant.parse("1969-12-31T23:59:59.123456789Z");
        Stat before =
                one.setAttributes(path("/f"), Changes.NONE.withMode(0666).withTimes(old, old));
        assertThat(before.modified()).isEqualTo(old);
        Cell bob = connect("bob");
        failsWith(
                FailureCode.NOT_PERMITTED,
                () -> bob.setAttributes(
                        path("/f"), Changes.NONE.withModifiedNow(Optional.empty())));
        Stat after = bob.setAttributes(path("/f"), Changes.NONE.touched());
        assertThat(after.modified()).isEqualTo(after.changed()).isAfter(before.changed());
        assertThat(after.accessed()).isEqualTo(after.changed());
    }

    // ---- extended attributes -------------------------------------------------------------------

    @Test
    void attributesThatAreKnownCostNoMessage() throws CellException {
        one.setXattr(path("/f"), "user.a", bytes("1"));
        assertThat(xattr(two, "/f", "user.a")).contains("1");
        fake.forgetCalls();
        assertThat(xattr(two, "/f", "user.a")).contains("1");
        assertThat(xattr(two, "/f", "user.b")).isEmpty();
        assertThat(two.xattrs(path("/f"))).containsOnlyKeys("user.a");
        assertThat(fake.calls()).isEmpty();
        one.setXattr(path("/f"), "user.a", bytes("2"));
        assertThat(xattr(two, "/f", "user.a")).contains("2");
        two.setXattr(path("/f"), "user.b", bytes("3"));
        assertThat(two.xattrs(path("/f"))).containsOnlyKeys("user.a", "user.b");
        assertThat(xattr(one, "/f", "user.b")).contains("3");
        two.removeXattr(path("/f"), "user.a");
        assertThat(two.xattrs(path("/f"))).containsOnlyKeys("user.b");
    }

    @Test
    void thatThereAreNoneIsKnownWithoutAsking() throws CellException {
        two.stat(path("/f"));
        fake.forgetCalls();
        assertThat(two.stat(path("/f")).hasXattrs()).isFalse();
        assertThat(two.xattrs(path("/f"))).isEmpty();
        assertThat(xattr(two, "/f", "security.capability")).isEmpty();
        assertThat(fake.calls()).isEmpty();
    }

    @Test
    void aDirectorysAttributesStayKnownWhileNamesAreMadeInIt() throws CellException {
        one.mkdir(path("/d"), 0755);
        one.setXattr(path("/d"), "user.a", bytes("1"));
        assertThat(xattr(two, "/d", "user.a")).contains("1");
        write(two, "/d/own", "x");
        write(one, "/d/other", "x");
        fake.forgetCalls();
        assertThat(xattr(two, "/d", "user.a")).contains("1");
        assertThat(fake.calls())
                .noneMatch(call -> call.method().kind() == FileMethods.GET_XATTRS.kind());
    }

    @Test
    void attributesReadBesideAnOwnChangeAreNotKept() throws CellException {
        one.setXattr(path("/f"), "user.a", bytes("1"));
        Thread[] setting = new Thread[1];
        fake.intercept((call, serve) -> {
            Message answer = serve.get();
            if (call.method().kind() == FileMethods.GET_XATTRS.kind() && setting[0] == null) {
                setting[0] = Thread.ofVirtual().start(this::setSecond);
                joined(setting[0]);
            }
            return answer;
        });
        assertThat(xattr(two, "/f", "user.a")).contains("1");
        assertThat(xattr(two, "/f", "user.a")).contains("2");
    }

    private void setSecond() {
        try {
            two.setXattr(path("/f"), "user.a", bytes("2"));
        } catch (CellException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void joined(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anAttributeIsCreatedOrReplacedWhereAskedFor() throws CellException {
        failsWith(
                FailureCode.NO_ATTRIBUTE,
                () -> one.setXattr(path("/f"), "user.a", bytes("1"), XattrMode.REPLACE));
        one.setXattr(path("/f"), "user.a", bytes("1"), XattrMode.CREATE);
        failsWith(
                FailureCode.ALREADY_EXISTS,
                () -> two.setXattr(path("/f"), "user.a", bytes("2"), XattrMode.CREATE));
        two.setXattr(path("/f"), "user.a", bytes("3"), XattrMode.REPLACE);
        assertThat(xattr(one, "/f", "user.a")).contains("3");
        failsWith(
                FailureCode.LIMIT,
                () -> one.setXattr(path("/f"), "user.b", new byte[64 * 1024 + 1]));
        failsWith(
                FailureCode.UNSUPPORTED,
                () -> one.setXattr(path("/f"), "system.other", bytes("1")));
    }

    // ---- access lists --------------------------------------------------------------------------

    @Test
    void anAccessListCountsAtOnceForCachedFilesToo() throws CellException {
        one.setAttributes(path("/f"), Changes.NONE.withMode(0600));
        Cell bob = connect("bob");
        failsWith(FailureCode.DENIED, () -> read(bob, "/f"));
        one.setXattr(path("/f"), "system.posix_acl_access", bytes(LIST));
        assertThat(read(bob, "/f")).isEqualTo("x");
        write(bob, "/f", "bob's");
        assertThat(read(one, "/f")).isEqualTo("bob's");
        Stat stat = bob.stat(path("/f"));
        assertThat(stat.accessList()).contains(AccessList.parse(LIST));
        assertThat(stat.mode()).isEqualTo(0660);
        assertThat(stat.hasXattrs()).isTrue();
        assertThat(xattr(bob, "/f", "system.posix_acl_access")).contains(LIST);
        one.removeXattr(path("/f"), "system.posix_acl_access");
        one.setAttributes(path("/f"), Changes.NONE.withMode(0600));
        failsWith(FailureCode.DENIED, () -> read(bob, "/f"));
    }
}
