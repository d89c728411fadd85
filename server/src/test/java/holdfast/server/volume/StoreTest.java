package holdfast.server.volume;

import static holdfast.server.volume.Group.ADMIN;
import static holdfast.server.volume.Group.ANN;
import static holdfast.server.volume.Group.BOB;
import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.bytes;
import static holdfast.server.volume.Group.chunks;
import static holdfast.server.volume.Group.code;
import static holdfast.server.volume.Group.hash;
import static holdfast.server.volume.Group.inline;
import static holdfast.server.volume.Group.token;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.wire.log.RaiseEpoch;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.Manifest;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.RaiseFence;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Token;

import org.junit.jupiter.api.Test;

import java.util.Collections;

/** Stores: what they need, what they change; fences and epochs (rules 4, 6). */
final class StoreTest {
    private final Group group = new Group();
    private final long file = group.file(ROOT, "f", "one");

    private Store.Builder storing() {
        return group.storing(file, inline("two!"), 4);
    }

    private FailureCode refused(Store.Builder store) {
        Attributes before = group.attributes(file);
        FailureCode code = code(group.store(store));
        assertThat(group.attributes(file)).isEqualTo(before);
        return code;
    }

    @Test
    void aStoreMakesTheNextVersion() {
        Attributes before = group.attributes(file);
        Attributes stored = group.store(storing()).getChanged().getFile();
        assertThat(stored.getDataVersion()).isEqualTo(2);
        assertThat(stored.getSize()).isEqualTo(4);
        assertThat(stored.getStoredBytes()).isEqualTo(4);
        assertThat(stored.getChangeNumber()).isEqualTo(before.getChangeNumber() + 1);
        assertThat(stored.getModified()).isEqualTo(group.now());
        assertThat(stored.getChanged()).isEqualTo(group.now());
        assertThat(group.walk(ROOT, "f").getContents()).isEqualTo(inline("two!"));
    }

    @Test
    void anEmptyFileIsStoredAndAFullOneEmptied() {
        long empty = group.file(ROOT, "empty");
        assertThat(group.attributes(empty).getDataVersion()).isEqualTo(1);
        assertThat(group.store(empty, "").getChanged().getFile().getSize()).isZero();
        assertThat(group.store(file, "").getChanged().getFile().getSize()).isZero();
        assertThat(group.reader.contents(file, 2)).isEqualTo(inline(""));
    }

    @Test
    void aFileGrownByAHoleStoresNothingForIt() {
        Manifest hole = Manifest.newBuilder()
                .addPieces(Piece.newBuilder().setLength(1L << 40))
                .build();
        Contents contents = Contents.newBuilder().setManifest(hole).build();
        Attributes grown = group.store(group.storing(file, contents, 1L << 40))
                .getChanged()
                .getFile();
        assertThat(grown.getSize()).isEqualTo(1L << 40);
        assertThat(grown.getStoredBytes()).isZero();
    }

    @Test
    void aBaseThatIsNotCurrentIsStale() {
        assertThat(refused(storing().setBaseVersion(2))).isEqualTo(FailureCode.STALE);
        assertThat(refused(storing().setBaseVersion(0))).isEqualTo(FailureCode.STALE);
    }

    @Test
    void aFileThatAnotherClientRemovedIsStale() {
        Store.Builder store = storing();
        group.remove(ROOT, "f", false);
        assertThat(code(group.store(store))).isEqualTo(FailureCode.STALE);
    }

    @Test
    void aStoreNeedsWritePermissionOrTheOwner() {
        group.as(BOB);
        assertThat(refused(storing())).isEqualTo(FailureCode.DENIED);
        long readOnly = group.as(ANN).file(ROOT, "ro");
        group.set(readOnly, AttributeChanges.newBuilder().setMode(0444));
        assertThat(group.store(readOnly, "filled by its maker").hasFailure()).isFalse();
    }

    @Test
    void onlyAFileIsStored() {
        long folder = group.folder(ROOT, "d");
        assertThat(code(group.store(folder, "x"))).isEqualTo(FailureCode.IS_A_DIRECTORY);
        long link = group.symlink(ROOT, "l", "f");
        assertThat(code(group.store(link, "x"))).isEqualTo(FailureCode.INVALID);
    }

    @Test
    void aStoreNeedsAnExclusiveTokenOfItsFile() {
        assertThat(refused(storing().clearToken())).isEqualTo(FailureCode.FENCED);
        Token shared = token(file, 1, 9).toBuilder().setMode(LockMode.SHARED).build();
        assertThat(refused(storing().setToken(shared))).isEqualTo(FailureCode.FENCED);
        assertThat(refused(storing().setToken(token(ROOT, 1, 9)))).isEqualTo(FailureCode.FENCED);
        assertThat(refused(storing().setToken(token(file, 0, 9)))).isEqualTo(FailureCode.FENCED);
    }

    @Test
    void aStoreRaisesTheFenceAndOlderTokensAreRefused() {
        group.store(storing().setToken(token(file, 1, 5)));
        assertThat(group.reader.fence(file)).isEqualTo(new FencingToken(1, 5));
        assertThat(refused(storing().setToken(token(file, 1, 4)))).isEqualTo(FailureCode.FENCED);
        assertThat(group.store(storing().setToken(token(file, 1, 5))).hasFailure())
                .isFalse();
    }

    @Test
    void aRaisedFenceKeepsOutTheHolderBefore() {
        Token before = token(file, 1, 5);
        Token after = token(file, 1, 6).toBuilder().setMode(LockMode.SHARED).build();
        long change = group.reader.changeNumber(file);
        VolumeOutcome raised = raise(after);
        assertThat(raised.hasNothing()).isTrue();
        assertThat(raised.getBrokenList()).isEmpty();
        assertThat(group.reader.changeNumber(file)).isEqualTo(change);
        assertThat(refused(storing().setToken(before))).isEqualTo(FailureCode.FENCED);
        assertThat(code(raise(before))).isEqualTo(FailureCode.FENCED);
    }

    private VolumeOutcome raise(Token token) {
        return group.run(group.command()
                .setRaiseFence(RaiseFence.newBuilder().setFile(token.getFile()).setToken(token)));
    }

    @Test
    void aTokenOfANewEpochEndsTheOldOneForEveryFile() {
        long other = group.file(ROOT, "other");
        raise(token(other, 7, 1));
        assertThat(group.reader.epoch()).isEqualTo(7);
        VolumeOutcome outcome = group.store(storing().setToken(token(file, 6, 99)));
        assertThat(code(outcome)).isEqualTo(FailureCode.FENCED);
        assertThat(outcome.getFailure().getEpoch()).isEqualTo(7);
    }

    @Test
    void theFenceOfAFileNotMadeYetRaisesTheEpochOnly() {
        assertThat(raise(token(group.nextId(), 8, 1)).hasFailure()).isFalse();
        assertThat(group.reader.epoch()).isEqualTo(8);
    }

    @Test
    void theEpochOnlyGrows() {
        group.run(group.command().setRaiseEpoch(RaiseEpoch.newBuilder().setEpoch(9)));
        group.run(group.command().setRaiseEpoch(RaiseEpoch.newBuilder().setEpoch(3)));
        assertThat(group.reader.epoch()).isEqualTo(9);
        assertThat(refused(storing().setToken(token(file, 8, 1)))).isEqualTo(FailureCode.FENCED);
    }

    @Test
    void sizeAndPiecesMustFit() {
        assertThat(refused(storing().setSize(3))).isEqualTo(FailureCode.INVALID);
        ByteString large = ByteString.copyFrom(new byte[ChunkBounds.INLINE_BYTES_MAX + 1]);
        Contents tooLarge = Contents.newBuilder().setInline(large).build();
        assertThat(refused(group.storing(file, tooLarge, large.size())))
                .isEqualTo(FailureCode.LIMIT);
        assertThat(refusedPiece(Piece.newBuilder().setHash(hash(1))))
                .isEqualTo(FailureCode.INVALID);
        assertThat(refusedPiece(Piece.newBuilder().setLength(-1))).isEqualTo(FailureCode.INVALID);
        assertThat(refusedPiece(Piece.newBuilder().setLength(5).setHash(bytes("short"))))
                .isEqualTo(FailureCode.INVALID);
        long over = ChunkBounds.CHUNK_BYTES_MAX + 1L;
        assertThat(refusedPiece(Piece.newBuilder().setLength(over).setHash(hash(1))))
                .isEqualTo(FailureCode.LIMIT);
        assertThat(refusedPiece(Piece.newBuilder().setLength(ChunkBounds.FILE_BYTES_MAX + 1)))
                .isEqualTo(FailureCode.LIMIT);
        Piece piece = Piece.newBuilder().setLength(1).build();
        Manifest many = Manifest.newBuilder()
                .addAllPieces(Collections.nCopies(ChunkBounds.PIECES_MAX + 1, piece))
                .build();
        assertThat(refused(group.storing(
                        file,
                        Contents.newBuilder().setManifest(many).build(),
                        many.getPiecesCount())))
                .isEqualTo(FailureCode.LIMIT);
    }

    private FailureCode refusedPiece(Piece.Builder piece) {
        Contents contents = Contents.newBuilder()
                .setManifest(Manifest.newBuilder().addPieces(piece))
                .build();
        return refused(group.storing(file, contents, piece.getLength()));
    }

    @Test
    void theQuotaHoldsForWhatGrows() {
        group.addVolume(2, 10, 0777);
        long root = FileId.rootOf(2).value();
        long id = FileId.of(2, group.extendIds(2, 10)).value();
        Create.Builder create = group.creating(root, bytes("f"), FileType.FILE).setFile(id);
        create.setContents(inline("12345678901")).setSize(11);
        assertThat(code(group.create(create))).isEqualTo(FailureCode.QUOTA_EXCEEDED);
        group.create(create.setContents(inline("1234567890")).setSize(10));
        assertThat(code(group.store(id, "12345678901"))).isEqualTo(FailureCode.QUOTA_EXCEEDED);
        assertThat(group.store(id, "0123456789").hasFailure()).isFalse();
        assertThat(group.reader.statfs(2).getUsedBytes()).isEqualTo(10);
        group.store(id, "");
        assertThat(group.reader.statfs(2).getUsedBytes()).isZero();
        group.remove(root, "f", false);
        assertThat(group.reader.statfs(2).getUsedBytes()).isZero();
        assertThat(group.reader.statfs(2).getFiles()).isEqualTo(1);
    }

    @Test
    void aStoreTakesAwaySetUserAndSetGroup() {
        group.set(file, AttributeChanges.newBuilder().setMode(06755));
        group.store(file, "x");
        assertThat(group.attributes(file).getMode()).isEqualTo(0755);
        group.set(file, AttributeChanges.newBuilder().setMode(06755));
        group.as(ADMIN).store(file, "y");
        assertThat(group.attributes(file).getMode()).isEqualTo(06755);
    }

    @Test
    void attributesSetWhileOpenRideInTheStore() {
        Store.Builder store = storing()
                .setModified(Group.at(5))
                .setAttributes(
                        AttributeChanges.newBuilder().setMode(0600).setAccessed(Group.at(6)));
        Attributes stored = group.store(store).getChanged().getFile();
        assertThat(stored.getMode()).isEqualTo(0600);
        assertThat(stored.getModified()).isEqualTo(Group.at(5));
        assertThat(stored.getAccessed()).isEqualTo(Group.at(6));
        assertThat(stored.getChanged()).isEqualTo(group.now());
    }

    @Test
    void aStoreWhoseAttributesAreRefusedIsRefusedWhole() {
        group.set(file, AttributeChanges.newBuilder().setMode(0666));
        group.as(BOB);
        Store.Builder store =
                storing().setAttributes(AttributeChanges.newBuilder().setMode(0600));
        assertThat(refused(store)).isEqualTo(FailureCode.NOT_PERMITTED);
    }

    @Test
    void aChunkNeverPushedIsLacked() {
        Store.Builder store = group.storing(file, chunks(1, 2), 20).setCollection(0);
        VolumeOutcome outcome = group.store(store);
        assertThat(code(outcome)).isEqualTo(FailureCode.LACKS_CHUNKS);
        assertThat(outcome.getFailure().getLackingList()).containsExactly(hash(1), hash(2));
        group.store(store.setCollection(1));
        long other = group.file(ROOT, "other");
        assertThat(group.store(group.storing(other, chunks(2), 10).setCollection(0))
                        .hasFailure())
                .as("what a version holds needs no push")
                .isFalse();
    }

    @Test
    void aCommitIsRefusedTwoCollectionsAfterItsPushes() {
        Store.Builder store = group.storing(file, chunks(1), 10).setCollection(1);
        group.collect();
        Create.Builder create = group.creating(ROOT, bytes("g"), FileType.FILE)
                .setContents(chunks(2))
                .setSize(10)
                .setCollection(1);
        assertThat(group.create(create).hasFailure()).isFalse();
        group.collect();
        assertThat(refused(store)).isEqualTo(FailureCode.LACKS_CHUNKS);
        assertThat(refused(store.setCollection(4))).isEqualTo(FailureCode.INVALID);
        assertThat(group.store(store.setCollection(2)).hasFailure()).isFalse();
    }
}
