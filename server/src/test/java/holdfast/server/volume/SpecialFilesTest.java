package holdfast.server.volume;

import static holdfast.server.volume.Group.ADMIN;
import static holdfast.server.volume.Group.ANN;
import static holdfast.server.volume.Group.BOB;
import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.bytes;
import static holdfast.server.volume.Group.code;
import static holdfast.server.volume.Group.inline;
import static holdfast.server.volume.Group.renaming;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.failure.FailureCode;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.SetXattr;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** FIFOs, sockets and devices: names with attributes. */
final class SpecialFilesTest {
    private final Group group = new Group();

    private Create.Builder making(FileType type) {
        return group.creating(ROOT, bytes("s"), type).setMode(0644);
    }

    private long made(FileType type) {
        Create.Builder create = making(type);
        assertThat(group.as(ADMIN).create(create).hasFailure()).isFalse();
        return create.getFile();
    }

    @ParameterizedTest
    @EnumSource(names = {"FIFO", "SOCKET", "CHARACTER_DEVICE", "BLOCK_DEVICE"})
    void itIsLinkedRenamedChangedAndRemoved(FileType type) {
        long node = made(type);
        Attributes made = group.attributes(node);
        assertThat(made.getType()).isEqualTo(type);
        assertThat(made.getLinks()).isEqualTo(1);
        assertThat(made.getSize()).isZero();
        assertThat(made.getDataVersion()).isZero();
        assertThat(group.reader.statfs(1).getFiles()).isEqualTo(2);
        group.link(node, ROOT, "t");
        group.rename(ROOT, "s", ROOT, "u");
        group.set(node, AttributeChanges.newBuilder().setMode(0600).setOwner("ann"));
        group.as(ANN);
        assertThat(group.names(ROOT)).containsExactly("t", "u");
        Attributes now = group.walk(ROOT, "u").getSteps(1).getAttributes();
        assertThat(now.getFile()).isEqualTo(node);
        assertThat(now.getLinks()).isEqualTo(2);
        assertThat(now.getMode()).isEqualTo(0600);
        assertThat(now.getOwner()).isEqualTo("ann");
        group.remove(ROOT, "t", false);
        group.remove(ROOT, "u", false);
        assertThat(group.reader.changeNumber(node)).isZero();
        assertThat(group.table.count('v')).isEqualTo(1);
        assertThat(group.reader.statfs(1).getFiles()).isEqualTo(1);
    }

    @Test
    void anybodyMakesFifosAndSocketsButOnlyTheAdministratorDevices() {
        group.as(ANN);
        for (FileType type : new FileType[] {FileType.CHARACTER_DEVICE, FileType.BLOCK_DEVICE}) {
            assertThat(code(group.create(making(type)))).isEqualTo(FailureCode.NOT_PERMITTED);
        }
        assertThat(group.create(making(FileType.FIFO)).hasFailure()).isFalse();
        group.remove(ROOT, "s", false);
        assertThat(group.create(making(FileType.SOCKET)).hasFailure()).isFalse();
    }

    @Test
    void aDeviceKeepsWhichItIsAndNothingElseHasOne() {
        group.as(ADMIN);
        Create.Builder disk = making(FileType.BLOCK_DEVICE).setDevice(0xfff00801);
        assertThat(group.create(disk).getChanged().getFile().getDevice()).isEqualTo(0xfff00801);
        assertThat(group.attributes(disk.getFile()).getDevice()).isEqualTo(0xfff00801);
        group.remove(ROOT, "s", false);
        Create.Builder fifo = making(FileType.FIFO).setDevice(7);
        group.create(fifo);
        assertThat(group.attributes(fifo.getFile()).getDevice()).isZero();
    }

    @Test
    void itHasNoContents() {
        Create.Builder full = making(FileType.FIFO).setContents(inline("x")).setSize(1);
        assertThat(code(group.create(full))).isEqualTo(FailureCode.INVALID);
        long fifo = made(FileType.FIFO);
        VolumeOutcome stored = group.store(group.storing(fifo, inline("x"), 1));
        assertThat(code(stored)).isEqualTo(FailureCode.INVALID);
        assertThat(group.walk(ROOT, "s").hasContents()).isFalse();
        assertThat(group.walk(ROOT, "s", "x").getEnded().getCode())
                .isEqualTo(FailureCode.NOT_A_DIRECTORY.wire());
    }

    @Test
    void itHasNoUserAttributesButOthers() {
        long fifo = made(FileType.FIFO);
        SetXattr.Builder set = SetXattr.newBuilder().setFile(fifo).setValue(bytes("v"));
        assertThat(code(group.run(group.command().setSetXattr(set.setName(bytes("user.a"))))))
                .isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(group.run(group.command().setSetXattr(set.setName(bytes("trusted.a"))))
                        .hasFailure())
                .isFalse();
    }

    @Test
    void itReplacesAFileAndIsReplacedAndExchanged() {
        long fifo = made(FileType.FIFO);
        group.file(ROOT, "f");
        long folder = group.folder(ROOT, "d");
        group.rename(ROOT, "s", ROOT, "f");
        assertThat(group.names(ROOT)).containsExactly("d", "f");
        assertThat(code(group.rename(ROOT, "f", ROOT, "d"))).isEqualTo(FailureCode.IS_A_DIRECTORY);
        assertThat(group.rename(renaming(ROOT, "f", ROOT, "d").setExchange(true))
                        .hasFailure())
                .isFalse();
        assertThat(group.walk(ROOT, "f").getSteps(1).getAttributes().getFile()).isEqualTo(folder);
        group.file(ROOT, "g");
        group.rename(ROOT, "g", ROOT, "d");
        assertThat(group.reader.changeNumber(fifo)).isZero();
    }

    @Test
    void inAStickyFolderOnlyItsOwnerRemovesIt() {
        group.as(ANN).create(making(FileType.FIFO));
        assertThat(code(group.as(BOB).remove(ROOT, "s", false)))
                .isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(group.as(ANN).remove(ROOT, "s", false).hasFailure()).isFalse();
    }
}
