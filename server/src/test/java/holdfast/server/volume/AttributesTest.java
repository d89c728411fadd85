package holdfast.server.volume;

import static holdfast.server.volume.Group.ADMIN;
import static holdfast.server.volume.Group.ANN;
import static holdfast.server.volume.Group.BOB;
import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.at;
import static holdfast.server.volume.Group.bytes;
import static holdfast.server.volume.Group.code;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.VnodeBounds;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.RemoveXattr;
import holdfast.wire.proto.SetXattr;
import holdfast.wire.proto.Time;
import holdfast.wire.proto.Xattr;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Mode, owner, group, times and extended attributes. */
final class AttributesTest {
    private final Group group = new Group();
    private final long file = group.file(ROOT, "f");

    private static AttributeChanges.Builder changes() {
        return AttributeChanges.newBuilder();
    }

    private int mode() {
        return group.attributes(file).getMode();
    }

    @Test
    void onlyTheOwnerChangesTheMode() {
        assertThat(code(group.as(BOB).set(file, changes().setMode(0777))))
                .isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(code(group.as(ANN).set(file, changes().setMode(010000))))
                .isEqualTo(FailureCode.INVALID);
        group.set(file, changes().setMode(0600));
        assertThat(mode()).isEqualTo(0600);
        group.as(ADMIN).set(file, changes().setMode(0640));
        assertThat(mode()).isEqualTo(0640);
    }

    @Test
    void setGroupIsKeptOnlyForMembersOfTheGroup() {
        group.as(ADMIN).set(file, changes().setGroup("guests"));
        group.as(ANN).set(file, changes().setMode(02755));
        assertThat(mode()).isEqualTo(0755);
        group.as(ADMIN).set(file, changes().setMode(02755));
        assertThat(mode()).isEqualTo(02755);
    }

    @Test
    void onlyTheAdministratorGivesAFileAway() {
        assertThat(code(group.set(file, changes().setOwner("bob"))))
                .isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(group.set(file, changes().setOwner("ann")).hasFailure()).isFalse();
        group.as(ADMIN).set(file, changes().setOwner("bob"));
        assertThat(group.attributes(file).getOwner()).isEqualTo("bob");
        assertThat(code(group.set(file, changes().setOwner("")))).isEqualTo(FailureCode.INVALID);
    }

    @Test
    void theOwnerGivesAFileToGroupsOfHisOwn() {
        assertThat(group.set(file, changes().setGroup("devs")).hasFailure()).isFalse();
        assertThat(code(group.set(file, changes().setGroup("guests"))))
                .isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(code(group.as(BOB).set(file, changes().setGroup("guests"))))
                .isEqualTo(FailureCode.NOT_PERMITTED);
    }

    @Test
    void aChangeOfOwnerOrGroupTakesAwaySetUserAndSetGroup() {
        group.set(file, changes().setMode(06755));
        group.set(file, changes().setGroup("devs"));
        assertThat(mode()).isEqualTo(0755);
        group.set(file, changes().setMode(06644));
        group.set(file, changes().setGroup("staff"));
        assertThat(mode()).as("set-group without execute is no privilege").isEqualTo(02644);
        group.as(ADMIN).set(file, changes().setGroup("guests").setMode(02644));
        group.as(ANN).set(file, changes().setGroup("staff"));
        assertThat(mode()).as("but not left by who is no member").isEqualTo(0644);
        long folder = group.folder(ROOT, "d", 02775);
        group.set(folder, changes().setGroup("devs"));
        assertThat(group.attributes(folder).getMode()).isEqualTo(02775);
    }

    @Test
    void timesAreSetByTheOwnerAndToNowByWhoMayWrite() {
        group.set(file, changes().setModified(at(5)).setAccessed(at(6)));
        assertThat(group.attributes(file).getModified()).isEqualTo(at(5));
        assertThat(group.attributes(file).getAccessed()).isEqualTo(at(6));
        assertThat(group.attributes(file).getChanged()).isEqualTo(group.now());
        AttributeChanges.Builder now = changes().setModifiedNow(true).setAccessedNow(true);
        assertThat(code(group.as(BOB).set(file, now))).isEqualTo(FailureCode.DENIED);
        group.as(ANN).set(file, changes().setMode(0666));
        assertThat(code(group.as(BOB).set(file, changes().setModified(at(7)))))
                .isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(code(group.set(file, changes().setModifiedNow(true))))
                .as("one of them alone is for the owner")
                .isEqualTo(FailureCode.NOT_PERMITTED);
        group.set(file, now);
        assertThat(group.attributes(file).getModified()).isEqualTo(group.now());
        assertThat(group.attributes(file).getAccessed()).isEqualTo(group.now());
    }

    @Test
    void timesLieInTheYears1To9999() {
        long first = VnodeBounds.TIME_SECONDS_MIN;
        long last = VnodeBounds.TIME_SECONDS_MAX;
        assertThat(group.set(file, changes().setModified(at(first))).hasFailure())
                .isFalse();
        assertThat(group.set(file, changes().setModified(at(last))).hasFailure())
                .isFalse();
        Time tooFine = at(0).toBuilder().setNanos(1_000_000_000).build();
        for (Time time : List.of(at(first - 1), at(last + 1), tooFine)) {
            assertThat(code(group.set(file, changes().setModified(time))))
                    .isEqualTo(FailureCode.INVALID);
            assertThat(code(group.set(file, changes().setAccessed(time))))
                    .isEqualTo(FailureCode.INVALID);
        }
    }

    @Test
    void noChangeIsNone() {
        long before = group.reader.changeNumber(file);
        assertThat(group.set(file, changes()).getBrokenList()).isEmpty();
        assertThat(group.reader.changeNumber(file)).isEqualTo(before);
    }

    private VolumeOutcome setXattr(String name, String value) {
        return setXattr(SetXattr.newBuilder().setName(bytes(name)).setValue(bytes(value)));
    }

    private VolumeOutcome setXattr(SetXattr.Builder set) {
        return group.run(group.command().setSetXattr(set.setFile(file)));
    }

    private VolumeOutcome removeXattr(String name) {
        return group.run(group.command()
                .setRemoveXattr(RemoveXattr.newBuilder().setFile(file).setName(bytes(name))));
    }

    private List<String> xattrs() {
        return group.reader.xattrs(file, group.caller).getItemsList().stream()
                .map(Xattr::getName)
                .map(ByteString::toStringUtf8)
                .toList();
    }

    @Test
    void attributesAreSetReplacedAndRemoved() {
        assertThat(setXattr("user.b", "1").getChanged().getFile().getHasXattrs())
                .isTrue();
        setXattr("user.a", "2");
        setXattr("user.b", "3");
        assertThat(xattrs()).containsExactly("user.a", "user.b");
        assertThat(group.reader.xattrs(file, ANN).getItems(1).getValue()).isEqualTo(bytes("3"));
        removeXattr("user.a");
        assertThat(removeXattr("user.b").getChanged().getFile().getHasXattrs()).isFalse();
        assertThat(code(removeXattr("user.b"))).isEqualTo(FailureCode.NO_ATTRIBUTE);
    }

    @Test
    void anAttributeIsCreatedOrReplacedWhereAskedFor() {
        SetXattr.Builder set = SetXattr.newBuilder().setName(bytes("user.a")).setReplace(true);
        assertThat(code(setXattr(set))).isEqualTo(FailureCode.NO_ATTRIBUTE);
        set.setReplace(false).setCreate(true);
        assertThat(setXattr(set).hasFailure()).isFalse();
        assertThat(code(setXattr(set))).isEqualTo(FailureCode.ALREADY_EXISTS);
        assertThat(code(setXattr(set.setReplace(true)))).isEqualTo(FailureCode.INVALID);
    }

    @Test
    void attributesHaveBounds() {
        assertThat(code(setXattr("user." + "n".repeat(251), "")))
                .isEqualTo(FailureCode.NAME_TOO_LONG);
        assertThat(code(setXattr("user.a", "v".repeat(65_537)))).isEqualTo(FailureCode.LIMIT);
        String most = "v".repeat(65_536 - 6);
        for (String name : List.of("user.a", "user.b", "user.c", "user.d")) {
            assertThat(setXattr(name, most).hasFailure()).isFalse();
        }
        assertThat(code(setXattr("user.e", ""))).isEqualTo(FailureCode.LIMIT);
        removeXattr("user.a");
        assertThat(setXattr("user.e", "").hasFailure()).isFalse();
    }

    @Test
    void attributesHaveKnownKindsOfNames() {
        for (String name : List.of("", "a", "user.", "system.other", "os2.x")) {
            assertThat(code(setXattr(name, ""))).isEqualTo(FailureCode.UNSUPPORTED);
        }
        assertThat(code(setXattr("user.a\0", ""))).isEqualTo(FailureCode.INVALID);
    }

    @Test
    void whatAProgramMayDoIsNotSaidOfAnotherOne() {
        group.as(ADMIN);
        for (Runnable change : List.<Runnable>of(
                () -> group.store(file, "another program"),
                () -> group.set(file, changes().setOwner("bob")),
                () -> group.set(file, changes().setGroup("guests")))) {
            setXattr("security.capability", "may");
            setXattr("security.other", "stays");
            change.run();
            assertThat(xattrs()).containsExactly("security.other");
        }
        setXattr("security.capability", "may");
        group.set(file, changes().setMode(0700).setModified(at(5)));
        assertThat(xattrs()).contains("security.capability");
    }

    @Test
    void everyChangeOfAttributesChangesTheChangeTime() {
        for (Runnable change : List.<Runnable>of(
                () -> group.set(file, changes().setMode(0644)),
                () -> group.set(file, changes().setOwner("ann")),
                () -> group.set(file, changes().setModified(at(1))),
                () -> setXattr("user.a", "1"),
                () -> removeXattr("user.a"),
                () -> setXattr("system.posix_acl_access", "u::rw-,g::r--,o::r--"),
                () -> group.link(file, ROOT, "g"),
                () -> group.rename(ROOT, "g", ROOT, "h"),
                () -> group.remove(ROOT, "h", false))) {
            change.run();
            assertThat(group.attributes(file).getChanged()).isEqualTo(group.now());
        }
    }

    @Test
    void eachKindOfAttributeHasItsOwnPermissions() {
        assertThat(code(setXattr("trusted.a", ""))).isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(code(setXattr("security.a", ""))).isEqualTo(FailureCode.NOT_PERMITTED);
        group.as(BOB);
        assertThat(code(setXattr("user.a", ""))).isEqualTo(FailureCode.DENIED);
        assertThat(code(setXattr("system.posix_acl_access", "")))
                .isEqualTo(FailureCode.NOT_PERMITTED);
        group.as(ADMIN);
        setXattr("trusted.a", "");
        setXattr("security.a", "");
        setXattr("user.a", "");
        assertThat(xattrs()).containsExactly("security.a", "trusted.a", "user.a");
        group.as(BOB);
        assertThat(xattrs()).containsExactly("security.a", "user.a");
        group.as(ANN).set(file, changes().setMode(0600));
        assertThat(group.reader.xattrs(file, BOB).getItemsCount()).isEqualTo(1);
    }

    @Test
    void attributesGoWithTheFile() {
        setXattr("user.a", "1");
        group.remove(ROOT, "f", false);
        assertThat(group.table.count('x')).isZero();
    }
}
