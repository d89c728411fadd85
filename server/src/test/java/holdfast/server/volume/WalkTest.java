package holdfast.server.volume;

import static holdfast.server.volume.Group.ADMIN;
import static holdfast.server.volume.Group.ANN;
import static holdfast.server.volume.Group.BOB;
import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.volume.Access.Right;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.FailureMessage;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;

import org.junit.jupiter.api.Test;

import java.util.Collections;

/** Queries: walks, pages, who may see what. */
final class WalkTest {
    private final Group group = new Group();
    private final long folder = group.folder(ROOT, "d", 0750);
    private final long file = group.file(folder, "f", "text");

    private static FailureCode ended(WalkReply reply) {
        FailureMessage ended = reply.getEnded();
        return FailureCode.ofWire(ended.getCode()).orElseThrow();
    }

    @Test
    void aWalkShowsEveryStepAndTheContents() {
        WalkReply reply = group.walk(ROOT, "d", "f");
        assertThat(reply.getStepsList())
                .extracting(step -> step.getAttributes().getFile())
                .containsExactly(ROOT, folder, file);
        assertThat(reply.getContents().getInline()).isEqualTo(bytes("text"));
        assertThat(reply.getMayRead()).isTrue();
        assertThat(reply.getMayWrite()).isTrue();
        assertThat(reply.hasEnded()).isFalse();
        assertThat(group.walk(ROOT).getStepsCount()).isEqualTo(1);
    }

    @Test
    void aWalkEndsWhereTheNameIsMissing() {
        WalkReply reply = group.walk(ROOT, "d", "no", "x");
        assertThat(reply.getStepsCount()).isEqualTo(2);
        assertThat(ended(reply)).isEqualTo(FailureCode.NOT_FOUND);
    }

    @Test
    void aWalkEndsAtAFileOnTheWay() {
        assertThat(ended(group.walk(ROOT, "d", "f", "x"))).isEqualTo(FailureCode.NOT_A_DIRECTORY);
    }

    @Test
    void aWalkEndsWithoutFailureAtASymbolicLinkOnTheWay() {
        long link = group.symlink(ROOT, "l", "d");
        WalkReply reply = group.walk(ROOT, "l", "f");
        assertThat(reply.hasEnded()).isFalse();
        assertThat(reply.getSteps(1).getAttributes().getFile()).isEqualTo(link);
        assertThat(reply.getStepsCount()).isEqualTo(2);
    }

    @Test
    void aWalkEndsAtAFolderThatTheCallerMayNotSearch() {
        group.as(BOB);
        WalkReply reply = group.walk(ROOT, "d", "f");
        assertThat(reply.getStepsCount()).isEqualTo(2);
        assertThat(ended(reply)).isEqualTo(FailureCode.DENIED);
        assertThat(group.walk(ROOT, "d").getMayRead()).isFalse();
    }

    @Test
    void contentsAreShownToReadersOnly() {
        group.set(file, AttributeChanges.newBuilder().setMode(0200));
        assertThat(group.walk(file).hasContents()).isFalse();
        assertThat(group.walk(file).getMayWrite()).isTrue();
        assertThatExceptionOfType(FailureException.class)
                .isThrownBy(() -> group.reader.contents(file, 1, ANN))
                .matches(e -> e.code() == FailureCode.DENIED);
        assertThat(group.as(ADMIN).walk(file).hasContents()).isTrue();
    }

    @Test
    void contentsThatTheClientHasAreLeftOut() {
        Walk walk = Walk.newBuilder()
                .setStart(file)
                .setContents(true)
                .setKnownFile(file)
                .setKnownVersion(1)
                .build();
        assertThat(group.reader.walk(walk, ANN).hasContents()).isFalse();
        group.store(file, "new");
        assertThat(group.reader.walk(walk, ANN).getContents().getInline()).isEqualTo(bytes("new"));
        Walk other = walk.toBuilder().setKnownFile(folder).setKnownVersion(2).build();
        assertThat(group.reader.walk(other, ANN).hasContents()).isTrue();
    }

    @Test
    void aWalkFromSomewhereElseIsRefused() {
        assertThat(ended(group.walk(FileId.of(1, 999).value()))).isEqualTo(FailureCode.STALE);
        assertThat(ended(group.walk(FileId.of(7, 1).value()))).isEqualTo(FailureCode.NOT_MINE);
        assertThat(ended(group.walk(5))).isEqualTo(FailureCode.INVALID);
        assertThat(ended(group.walk(ROOT, ".."))).isEqualTo(FailureCode.INVALID);
        String[] many = Collections.nCopies(1_025, "x").toArray(String[]::new);
        assertThat(ended(group.walk(ROOT, many))).isEqualTo(FailureCode.LIMIT);
    }

    @Test
    void aRemovedFileIsSeenByItsIdWhileItIsKept() {
        group.remove(folder, "f", false);
        WalkReply reply = group.walk(file);
        assertThat(reply.getSteps(0).getAttributes().getLinks()).isZero();
        assertThat(reply.hasContents()).isFalse();
    }

    @Test
    void aPageNeedsReadPermissionAndShowsAttributesToSearchers() {
        ListEntries list =
                ListEntries.newBuilder().setFolder(folder).setLimit(9).build();
        assertThatExceptionOfType(FailureException.class)
                .isThrownBy(() -> group.reader.list(list, BOB))
                .matches(e -> e.code() == FailureCode.DENIED);
        assertThat(group.reader.list(list, ANN).getEntries(0).getVnode().getAttributes())
                .isEqualTo(group.attributes(file));
        group.set(folder, AttributeChanges.newBuilder().setMode(0754));
        EntryList bare = group.reader.list(list, BOB);
        assertThat(bare.getEntries(0).getVnode().getAttributes().getFile()).isEqualTo(file);
        assertThat(bare.getEntries(0).getVnode().getAttributes().getChangeNumber())
                .isZero();
        assertThatExceptionOfType(FailureException.class)
                .isThrownBy(
                        () -> group.reader.list(list.toBuilder().setLimit(1_001).build(), ANN))
                .matches(e -> e.code() == FailureCode.LIMIT);
    }

    @Test
    void rightsAreAskedForOneByOne() {
        assertThat(group.reader.allows(file, BOB, Right.READ)).isTrue();
        assertThat(group.reader.allows(file, BOB, Right.WRITE)).isFalse();
        assertThat(group.reader.allowsStore(file, BOB)).isFalse();
        assertThat(group.reader.allowsStore(file, ANN)).isTrue();
    }
}
