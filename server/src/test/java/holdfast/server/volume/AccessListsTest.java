package holdfast.server.volume;

import static holdfast.server.volume.Group.ADMIN;
import static holdfast.server.volume.Group.ANN;
import static holdfast.server.volume.Group.BOB;
import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.bytes;
import static holdfast.server.volume.Group.code;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.Access.Right;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.RemoveXattr;
import holdfast.wire.proto.SetXattr;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Access lists: who may do what by them, and how they and modes follow each other. */
final class AccessListsTest {
    private static final String ACCESS = "system.posix_acl_access";
    private static final String DEFAULT = "system.posix_acl_default";
    private static final String BOB_WRITES =
            "user::rw-,user:bob:rw-,group::r--,mask::rw-,other::---";

    private final Group group = new Group();
    private final long file = group.file(ROOT, "f");
    private final long folder = group.folder(ROOT, "d", 0700);

    private VolumeOutcome set(long vnode, String name, String text) {
        return set(SetXattr.newBuilder().setFile(vnode).setName(bytes(name)).setValue(bytes(text)));
    }

    private VolumeOutcome set(SetXattr.Builder set) {
        return group.run(group.command().setSetXattr(set));
    }

    private VolumeOutcome remove(long vnode, String name) {
        return group.run(group.command()
                .setRemoveXattr(RemoveXattr.newBuilder().setFile(vnode).setName(bytes(name))));
    }

    private int mode(long vnode) {
        return group.attributes(vnode).getMode();
    }

    private List<String> seen(long vnode) {
        return group.reader.xattrs(vnode, ADMIN).getItemsList().stream()
                .map(each ->
                        each.getName().toStringUtf8() + "=" + each.getValue().toStringUtf8())
                .toList();
    }

    @Test
    void aListLetsInWhomItNames() {
        group.set(file, AttributeChanges.newBuilder().setMode(0600));
        assertThat(group.reader.allows(file, BOB, Right.READ)).isFalse();
        set(file, ACCESS, BOB_WRITES);
        assertThat(group.reader.allows(file, BOB, Right.WRITE)).isTrue();
        assertThat(group.as(BOB).store(file, "bob's").hasFailure()).isFalse();
        group.as(ANN).set(file, AttributeChanges.newBuilder().setMode(0640));
        assertThat(group.reader.allows(file, BOB, Right.READ)).isTrue();
        assertThat(group.reader.allows(file, BOB, Right.WRITE)).as("masked").isFalse();
        remove(file, ACCESS);
        assertThat(group.reader.allows(file, BOB, Right.READ)).isFalse();
    }

    @Test
    void theGroupsBitsOfTheModeAreTheMask() {
        group.set(file, AttributeChanges.newBuilder().setMode(02755));
        assertThat(set(file, ACCESS, BOB_WRITES).getChanged().getFile().getHasXattrs())
                .isTrue();
        assertThat(mode(file)).isEqualTo(02660);
        assertThat(seen(file)).containsExactly(ACCESS + "=" + BOB_WRITES);
        group.set(file, AttributeChanges.newBuilder().setMode(0604));
        assertThat(seen(file))
                .containsExactly(
                        ACCESS + "=user::rw-,user:bob:rw-,group::r--,mask::---,other::r--");
        remove(file, ACCESS);
        assertThat(mode(file)).isEqualTo(0604);
        assertThat(group.attributes(file).getHasXattrs()).isFalse();
    }

    @Test
    void aListThatSaysNoMoreThanAModeIsOne() {
        set(file, ACCESS, BOB_WRITES);
        set(file, ACCESS, "u::rwx,g::r-x,o::--x");
        assertThat(mode(file)).isEqualTo(0751);
        assertThat(seen(file)).isEmpty();
        assertThat(code(remove(file, ACCESS))).isEqualTo(FailureCode.NO_ATTRIBUTE);
    }

    @Test
    void setGroupGoesWhenWhoSetsTheListIsNoMember() {
        group.as(ADMIN)
                .set(file, AttributeChanges.newBuilder().setGroup("guests").setMode(02755));
        group.as(ANN);
        set(file, ACCESS, BOB_WRITES);
        assertThat(mode(file)).isEqualTo(0660);
    }

    @Test
    void onlyTheOwnerSetsListsAndOnlyWhereTheyMakeSense() {
        long link = group.symlink(ROOT, "l", "t");
        assertThat(code(set(link, ACCESS, BOB_WRITES))).isEqualTo(FailureCode.UNSUPPORTED);
        assertThat(code(set(file, DEFAULT, BOB_WRITES))).isEqualTo(FailureCode.DENIED);
        assertThat(code(set(file, ACCESS, "user::rw-"))).isEqualTo(FailureCode.INVALID);
        String many = "user:u" + "x".repeat(240);
        String text = "u::rw-,g::r--,m::r--,o::---," + many + "1:r--," + many + "2:r--," + many
                + "3:r--," + many + "4:r--";
        assertThat(code(set(file, ACCESS, text))).isEqualTo(FailureCode.LIMIT);
        group.as(BOB);
        assertThat(code(set(file, ACCESS, BOB_WRITES))).isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(code(remove(file, ACCESS))).isEqualTo(FailureCode.NOT_PERMITTED);
    }

    @Test
    void aListIsCreatedOrReplacedWhereAskedFor() {
        SetXattr.Builder set = SetXattr.newBuilder()
                .setFile(file)
                .setName(bytes(ACCESS))
                .setValue(bytes(BOB_WRITES));
        assertThat(code(set(set.setReplace(true)))).isEqualTo(FailureCode.NO_ATTRIBUTE);
        assertThat(set(set.setReplace(false).setCreate(true)).hasFailure()).isFalse();
        assertThat(code(set(set))).isEqualTo(FailureCode.ALREADY_EXISTS);
    }

    @Test
    void whatIsMadeInheritsTheFoldersDefault() {
        String inherited = "user::rwx,user:bob:rwx,group::r-x,mask::rwx,other::---";
        set(folder, DEFAULT, inherited);
        assertThat(mode(folder)).isEqualTo(0700);
        assertThat(seen(folder)).containsExactly(DEFAULT + "=" + inherited);
        Create.Builder inner = group.creating(folder, bytes("in"), FileType.FOLDER)
                .setMode(0777)
                .setUmask(077);
        assertThat(group.create(inner).getChanged().getFile().getHasXattrs()).isTrue();
        assertThat(mode(inner.getFile())).as("the umask does not count").isEqualTo(0770);
        assertThat(seen(inner.getFile()))
                .containsExactly(ACCESS + "=" + inherited, DEFAULT + "=" + inherited);
        long deep = group.file(inner.getFile(), "f");
        assertThat(mode(deep)).isEqualTo(0640);
        assertThat(seen(deep))
                .containsExactly(
                        ACCESS + "=user::rw-,user:bob:rwx,group::r-x,mask::r--,other::---");
        long link = group.symlink(folder, "l", "t");
        assertThat(mode(link)).isEqualTo(0777);
        assertThat(seen(link)).isEmpty();
    }

    @Test
    void aDefaultThatIsAModeGivesModes() {
        set(folder, DEFAULT, "u::rwx,g::r-x,o::---");
        long made = group.file(folder, "f");
        assertThat(mode(made)).isEqualTo(0640);
        assertThat(seen(made)).isEmpty();
        remove(folder, DEFAULT);
        assertThat(seen(folder)).isEmpty();
        assertThat(mode(group.file(folder, "g"))).isEqualTo(0644);
    }

    @Test
    void aListDecidesWhoSearchesAndChangesAFolder() {
        group.file(folder, "f");
        assertThat(group.as(BOB).walk(folder, "f").getEnded().getCode())
                .isEqualTo(FailureCode.DENIED.wire());
        group.as(ANN);
        set(folder, ACCESS, "u::rwx,u:bob:-wx,g::---,m::rwx,o::---");
        assertThat(group.as(BOB).walk(folder, "f").hasEnded()).isFalse();
        assertThat(group.remove(folder, "f", false).hasFailure()).isFalse();
    }
}
