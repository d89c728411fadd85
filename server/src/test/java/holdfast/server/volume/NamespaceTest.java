package holdfast.server.volume;

import static holdfast.server.volume.Group.ADMIN;
import static holdfast.server.volume.Group.ANN;
import static holdfast.server.volume.Group.BOB;
import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.bytes;
import static holdfast.server.volume.Group.code;
import static holdfast.server.volume.Group.renaming;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.model.volume.VnodeBounds;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Remove;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Names: making, removing, renaming and linking them. */
final class NamespaceTest {
    private final Group group = new Group();

    @Test
    void namesAreKeptAsTheirBytesInWhateverUnicodeForm() {
        ByteString composed = ByteString.fromHex("e382b8");
        ByteString decomposed = ByteString.fromHex("e382b7e38299");
        ByteString noText = ByteString.fromHex("ff80");
        for (ByteString name : List.of(composed, decomposed, noText)) {
            group.create(group.creating(ROOT, name, FileType.FILE));
        }
        ListEntries list = ListEntries.newBuilder().setFolder(ROOT).setLimit(10).build();
        assertThat(group.reader.list(list, ANN).getEntriesList())
                .extracting(entry -> entry.getName())
                .containsExactly(decomposed, composed, noText);
    }

    @Test
    void aNameHasAtMost255Bytes() {
        group.file(ROOT, "n".repeat(255));
        VolumeOutcome outcome =
                group.create(group.creating(ROOT, bytes("n".repeat(256)), FileType.FILE));
        assertThat(code(outcome)).isEqualTo(FailureCode.NAME_TOO_LONG);
        assertThat(group.names(ROOT)).containsExactly("n".repeat(255));
    }

    @Test
    void dotsSlashesAndNulAreNoNames() {
        for (String name : List.of("", ".", "..", "a/b", "a\0b")) {
            VolumeOutcome outcome = group.create(group.creating(ROOT, bytes(name), FileType.FILE));
            assertThat(code(outcome)).isEqualTo(FailureCode.INVALID);
        }
    }

    @Test
    void aNameIsMadeOnce() {
        group.file(ROOT, "a");
        VolumeOutcome outcome = group.create(group.creating(ROOT, bytes("a"), FileType.FOLDER));
        assertThat(code(outcome)).isEqualTo(FailureCode.ALREADY_EXISTS);
    }

    @Test
    void anIdMustComeFromTheRangeAndBeFree() {
        long used = group.file(ROOT, "a");
        Create.Builder taken = group.creating(ROOT, bytes("b"), FileType.FILE).setFile(used);
        assertThat(code(group.create(taken))).isEqualTo(FailureCode.INVALID);
        long beyond = FileId.of(Group.VOLUME, 1L << 40).value();
        Create.Builder early = group.creating(ROOT, bytes("b"), FileType.FILE).setFile(beyond);
        assertThat(code(group.create(early))).isEqualTo(FailureCode.INVALID);
        long other = FileId.of(2, 2).value();
        Create.Builder foreign = group.creating(ROOT, bytes("b"), FileType.FILE).setFile(other);
        assertThat(code(group.create(foreign))).isEqualTo(FailureCode.INVALID);
    }

    @Test
    void aFolderIsMadeWithTheModeAsked() {
        long folder = group.folder(ROOT, "open", 0777);
        assertThat(group.attributes(folder).getMode()).isEqualTo(0777);
        assertThat(group.attributes(folder).getOwner()).isEqualTo("ann");
        assertThat(group.attributes(folder).getGroup()).isEqualTo("staff");
    }

    @Test
    void anotherUserRemovesNothingFromAFolderThatIsNotOpenToHim() {
        long folder = group.folder(ROOT, "mine", 0755);
        group.file(folder, "a");
        assertThat(code(group.as(BOB).remove(folder, "a", false))).isEqualTo(FailureCode.DENIED);
        assertThat(group.as(ANN).remove(folder, "a", false).hasFailure()).isFalse();
    }

    @Test
    void inAStickyFolderOnlyOwnersRemove() {
        group.as(ANN).file(ROOT, "a");
        assertThat(code(group.as(BOB).remove(ROOT, "a", false)))
                .isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(code(group.rename(ROOT, "a", ROOT, "b"))).isEqualTo(FailureCode.NOT_PERMITTED);
        group.file(ROOT, "bobs");
        assertThat(code(group.rename(ROOT, "bobs", ROOT, "a")))
                .isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(group.as(ADMIN).remove(ROOT, "a", false).hasFailure()).isFalse();
    }

    @Test
    void whatIsMadeInASetGroupFolderGetsItsGroup() {
        long folder = group.folder(ROOT, "team", 02775);
        assertThat(group.attributes(folder).getMode()).isEqualTo(02775);
        Create.Builder inner = group.creating(folder, bytes("in"), FileType.FOLDER);
        group.create(inner.setGroup("devs"));
        assertThat(group.attributes(inner.getFile()).getGroup()).isEqualTo("staff");
        assertThat(group.attributes(inner.getFile()).getMode()).isEqualTo(02755);
    }

    @Test
    void aFileGetsAGroupOnlyOfItsMaker() {
        Create.Builder devs = group.creating(ROOT, bytes("a"), FileType.FILE).setGroup("devs");
        assertThat(group.create(devs).getChanged().getFile().getGroup()).isEqualTo("devs");
        Create.Builder guests = group.creating(ROOT, bytes("b"), FileType.FILE);
        assertThat(code(group.create(guests.setGroup("guests"))))
                .isEqualTo(FailureCode.NOT_PERMITTED);
    }

    @Test
    void foldersCountTheirFoldersAndEntries() {
        long folder = group.folder(ROOT, "d");
        group.folder(folder, "one");
        group.folder(folder, "two");
        group.file(folder, "file");
        assertThat(group.attributes(folder).getLinks()).isEqualTo(4);
        assertThat(group.attributes(folder).getSize()).isEqualTo(3);
        group.rename(folder, "one", ROOT, "one");
        group.remove(folder, "two", true);
        assertThat(group.attributes(folder).getLinks()).isEqualTo(2);
        assertThat(group.attributes(folder).getSize()).isEqualTo(1);
        assertThat(group.attributes(ROOT).getLinks()).isEqualTo(4);
    }

    @Test
    void aNameMovedAndTheOtherRemovedLeaveOneLink() {
        long file = group.file(ROOT, "a");
        group.link(file, ROOT, "b");
        assertThat(group.attributes(file).getLinks()).isEqualTo(2);
        group.rename(ROOT, "b", ROOT, "c");
        assertThat(group.attributes(file).getLinks()).isEqualTo(2);
        group.remove(ROOT, "c", false);
        assertThat(group.attributes(file).getLinks()).isEqualTo(1);
        assertThat(group.names(ROOT)).containsExactly("a");
    }

    @Test
    void aSymbolicLinkMayNameItselfAndBeRemoved() {
        long link = group.symlink(ROOT, "loop", "loop");
        assertThat(group.walk(ROOT, "loop").getSteps(1).getAttributes().getTarget())
                .isEqualTo(bytes("loop"));
        assertThat(group.walk(ROOT, "loop", "x").hasEnded()).isFalse();
        assertThat(group.remove(ROOT, "loop", false).hasFailure()).isFalse();
        assertThat(group.reader.changeNumber(link)).isZero();
    }

    @Test
    void aSymbolicLinkHasATargetOfAtMost4095Bytes() {
        for (String target : List.of("", "t\0")) {
            assertThat(code(group.create(linking(target)))).isEqualTo(FailureCode.INVALID);
        }
        String longest = "t".repeat(VnodeBounds.TARGET_BYTES_MAX);
        assertThat(code(group.create(linking(longest + "t")))).isEqualTo(FailureCode.NAME_TOO_LONG);
        assertThat(group.create(linking(longest)).hasFailure()).isFalse();
    }

    private Create.Builder linking(String target) {
        return group.creating(ROOT, bytes("l"), FileType.SYMLINK).setTarget(bytes(target));
    }

    @Test
    void theAdministratorMakesThingsForOthers() {
        group.as(ADMIN);
        for (FileType type : List.of(
                FileType.FILE, FileType.FOLDER, FileType.SYMLINK, FileType.FIFO, FileType.SOCKET)) {
            Create.Builder create = group.creating(ROOT, bytes(type.name()), type)
                    .setTarget(type == FileType.SYMLINK ? bytes("t") : ByteString.EMPTY)
                    .setOwner("12345")
                    .setGroup("guests");
            group.create(create);
            assertThat(group.attributes(create.getFile()).getOwner()).isEqualTo("12345");
            assertThat(group.attributes(create.getFile()).getGroup()).isEqualTo("guests");
        }
        group.as(ANN);
        Create.Builder create = group.creating(ROOT, bytes("a"), FileType.FILE);
        assertThat(code(group.create(create.setOwner("bob")))).isEqualTo(FailureCode.NOT_PERMITTED);
        assertThat(group.create(create.setOwner("ann")).hasFailure()).isFalse();
    }

    @Test
    void theUmaskTakesItsBitsFromTheMode() {
        Create.Builder file = group.creating(ROOT, bytes("a"), FileType.FILE);
        group.create(file.setMode(06777).setUmask(027));
        assertThat(group.attributes(file.getFile()).getMode()).isEqualTo(06750);
        Create.Builder link = group.creating(ROOT, bytes("l"), FileType.SYMLINK);
        group.create(link.setMode(0777).setTarget(bytes("t")).setUmask(027));
        assertThat(group.attributes(link.getFile()).getMode()).isEqualTo(0777);
        Create.Builder bad = group.creating(ROOT, bytes("b"), FileType.FILE).setUmask(01000);
        assertThat(code(group.create(bad))).isEqualTo(FailureCode.INVALID);
    }

    @Test
    void aFolderHasOneName() {
        long folder = group.folder(ROOT, "d");
        assertThat(code(group.link(folder, ROOT, "e"))).isEqualTo(FailureCode.NOT_PERMITTED);
    }

    @Test
    void onlyEmptyFoldersAreRemovedAndOnlyAsFolders() {
        long folder = group.folder(ROOT, "d");
        group.file(folder, "a");
        assertThat(code(group.remove(ROOT, "d", true))).isEqualTo(FailureCode.NOT_EMPTY);
        assertThat(code(group.remove(ROOT, "d", false))).isEqualTo(FailureCode.IS_A_DIRECTORY);
        assertThat(code(group.remove(folder, "a", true))).isEqualTo(FailureCode.NOT_A_DIRECTORY);
        group.remove(folder, "a", false);
        assertThat(group.remove(ROOT, "d", true).getChanged().getFile().getLinks())
                .isZero();
    }

    @Test
    void removingMeansWhatIsThereOrOnlyTheOneExpected() {
        long first = group.file(ROOT, "a");
        group.remove(ROOT, "a", false);
        group.file(ROOT, "a");
        Remove.Builder remove =
                Remove.newBuilder().setParent(ROOT).setName(bytes("a")).setExpected(first);
        assertThat(code(group.run(group.command().setRemove(remove)))).isEqualTo(FailureCode.STALE);
        assertThat(group.remove(ROOT, "a", false).hasFailure()).isFalse();
        assertThat(code(group.remove(ROOT, "a", false))).isEqualTo(FailureCode.NOT_FOUND);
    }

    @Test
    void aFolderCannotBeMovedIntoItself() {
        long outer = group.folder(ROOT, "outer");
        long inner = group.folder(outer, "inner");
        assertThat(code(group.rename(ROOT, "outer", inner, "x"))).isEqualTo(FailureCode.INVALID);
        assertThat(code(group.rename(ROOT, "outer", outer, "x"))).isEqualTo(FailureCode.INVALID);
        assertThat(code(group.rename(outer, "inner", ROOT, "outer")))
                .isEqualTo(FailureCode.NOT_EMPTY);
        assertThat(code(group.rename(renaming(outer, "inner", ROOT, "outer").setExchange(true))))
                .isEqualTo(FailureCode.INVALID);
    }

    @Test
    void renameReplacesWhatIsOfTheSameKind() {
        long file = group.file(ROOT, "file", "new");
        group.file(ROOT, "old", "old");
        long folder = group.folder(ROOT, "folder");
        long full = group.folder(ROOT, "full");
        group.file(full, "x");
        assertThat(code(group.rename(ROOT, "file", ROOT, "folder")))
                .isEqualTo(FailureCode.IS_A_DIRECTORY);
        assertThat(code(group.rename(ROOT, "folder", ROOT, "file")))
                .isEqualTo(FailureCode.NOT_A_DIRECTORY);
        assertThat(code(group.rename(ROOT, "folder", ROOT, "full")))
                .isEqualTo(FailureCode.NOT_EMPTY);
        assertThat(group.rename(ROOT, "file", ROOT, "old")
                        .getChanged()
                        .getReplaced()
                        .getLinks())
                .isZero();
        assertThat(group.rename(ROOT, "full", ROOT, "folder").hasFailure()).isFalse();
        assertThat(group.names(ROOT)).containsExactly("folder", "old");
        assertThat(group.walk(ROOT, "old").getSteps(1).getAttributes().getFile())
                .isEqualTo(file);
        assertThat(group.reader.changeNumber(folder)).isZero();
        assertThat(group.attributes(ROOT).getLinks()).isEqualTo(3);
    }

    @Test
    void renameCanBeToldNotToReplace() {
        group.file(ROOT, "a");
        group.file(ROOT, "b");
        assertThat(code(group.rename(renaming(ROOT, "a", ROOT, "b").setNoReplace(true))))
                .isEqualTo(FailureCode.ALREADY_EXISTS);
        assertThat(group.rename(renaming(ROOT, "a", ROOT, "c").setNoReplace(true))
                        .hasFailure())
                .isFalse();
    }

    @Test
    void exchangeSwapsTwoNamesOfAnyKind() {
        long folder = group.folder(ROOT, "d");
        long inner = group.folder(folder, "in");
        long file = group.file(ROOT, "f");
        assertThat(group.rename(renaming(folder, "in", ROOT, "f").setExchange(true))
                        .hasFailure())
                .isFalse();
        assertThat(group.walk(ROOT, "f").getSteps(1).getAttributes().getFile()).isEqualTo(inner);
        assertThat(group.walk(ROOT, "d", "in").getSteps(2).getAttributes().getFile())
                .isEqualTo(file);
        assertThat(group.attributes(folder).getLinks()).isEqualTo(2);
        assertThat(group.attributes(ROOT).getLinks()).isEqualTo(4);
        assertThat(group.rename(ROOT, "d", inner, "x").hasFailure())
                .as("the exchanged folder lies beside the other now")
                .isFalse();
    }

    @Test
    void renamingAFileToItselfChangesNothing() {
        long file = group.file(ROOT, "a");
        group.link(file, ROOT, "b");
        long before = group.reader.changeNumber(file);
        VolumeOutcome outcome = group.rename(ROOT, "a", ROOT, "b");
        assertThat(outcome.hasFailure()).isFalse();
        assertThat(outcome.getBrokenList()).isEmpty();
        assertThat(group.reader.changeNumber(file)).isEqualTo(before);
        assertThat(group.names(ROOT)).containsExactly("a", "b");
    }

    @Test
    void aFolderIsMovedToAnotherOnlyByWhoMayWriteIt() {
        long open = group.folder(ROOT, "open", 0777);
        group.as(ANN).folder(open, "anns", 0755);
        long other = group.as(BOB).folder(ROOT, "bobs", 0777);
        assertThat(code(group.rename(open, "anns", other, "x"))).isEqualTo(FailureCode.DENIED);
        assertThat(group.rename(open, "anns", open, "x").hasFailure()).isFalse();
    }

    @Test
    void nothingMovesOrIsLinkedToAnotherVolume() {
        group.addVolume(2, 0, 0777);
        long otherRoot = FileId.rootOf(2).value();
        long file = group.file(ROOT, "a");
        assertThat(code(group.rename(ROOT, "a", otherRoot, "a")))
                .isEqualTo(FailureCode.CROSS_VOLUME);
        assertThat(code(group.link(file, otherRoot, "a"))).isEqualTo(FailureCode.CROSS_VOLUME);
    }

    @Test
    void aFileHasAtMost65000Names() {
        long file = group.file(ROOT, "a");
        for (int i = 1; i < VnodeBounds.LINKS_MAX; i++) {
            group.link(file, ROOT, "n" + i);
        }
        assertThat(group.attributes(file).getLinks()).isEqualTo(VnodeBounds.LINKS_MAX);
        assertThat(code(group.link(file, ROOT, "b"))).isEqualTo(FailureCode.LIMIT);
    }

    @Test
    void whatIsGoneIsStale() {
        long folder = group.folder(ROOT, "d");
        long file = group.file(ROOT, "a");
        group.remove(ROOT, "d", true);
        group.remove(ROOT, "a", false);
        assertThat(code(group.create(group.creating(folder, bytes("x"), FileType.FILE))))
                .isEqualTo(FailureCode.STALE);
        assertThat(code(group.link(file, ROOT, "b"))).isEqualTo(FailureCode.STALE);
        long nowhere = FileId.of(99, 5).value();
        assertThat(code(group.create(group.creating(nowhere, bytes("x"), FileType.FILE))))
                .isEqualTo(FailureCode.NOT_MINE);
    }

    @Test
    void changeTimeGrowsEvenWhenTheClockStandsStill() {
        long folder = group.folder(ROOT, "d");
        long before = group.attributes(folder).getChanged().getSeconds();
        group.run(group.command()
                .setTime(Group.at(0))
                .setCreate(group.creating(folder, bytes("x"), FileType.FILE)));
        assertThat(group.attributes(folder).getChanged().getSeconds()).isEqualTo(before);
        assertThat(group.attributes(folder).getChanged().getNanos()).isEqualTo(1);
        assertThat(group.attributes(folder).getModified())
                .isEqualTo(group.attributes(folder).getChanged());
    }

    @Test
    void aPageFitsIntoAnAnswerHoweverLongItsEntriesAre() {
        String target = "t".repeat(VnodeBounds.TARGET_BYTES_MAX);
        for (int i = 100; i < 1_100; i++) {
            group.symlink(ROOT, "l" + i, target);
        }
        ListEntries.Builder list = ListEntries.newBuilder().setFolder(ROOT).setLimit(1_000);
        List<ByteString> seen = new ArrayList<>();
        EntryList page;
        do {
            page = group.reader.list(list.build(), ANN);
            assertThat(page.getSerializedSize()).isLessThan(4 << 20);
            page.getEntriesList().forEach(entry -> seen.add(entry.getName()));
            list.setAfter(seen.getLast());
        } while (page.getMore());
        assertThat(seen).hasSize(1_000).doesNotHaveDuplicates();
    }

    @Test
    void aPageStaysInOrderWhileEntriesComeAndGo() {
        for (int i = 0; i < 10; i++) {
            group.file(ROOT, "f" + i);
        }
        ListEntries.Builder list = ListEntries.newBuilder().setFolder(ROOT).setLimit(5);
        assertThat(group.reader.list(list.build(), ANN).getMore()).isTrue();
        group.remove(ROOT, "f4", false);
        group.remove(ROOT, "f6", false);
        group.file(ROOT, "a");
        list.setAfter(bytes("f4"));
        assertThat(group.reader.list(list.build(), ANN).getEntriesList())
                .extracting(entry -> entry.getName().toStringUtf8())
                .containsExactly("f5", "f7", "f8", "f9");
    }
}
