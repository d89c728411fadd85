package holdfast.server.volume;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.wire.log.GroupRecord;
import holdfast.wire.log.RaiseEpoch;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.RaiseFence;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Token;

/** Changes to the contents of files, and the fences that guard them (rule 4). */
final class FileChanges {
    private final Edit edit;

    FileChanges(Edit edit) {
        this.edit = edit;
    }

    /**
     * Commits a new version: the file is there, the caller may, the token is good, the base is
     * current, the chunks are here, the quota holds.
     */
    void store(Store store) {
        Node file = edit.live(store.getFile());
        requireFile(file);
        edit.caller().requireStore(file.attributes());
        FencingToken fence = check(store.getToken(), file, LockMode.EXCLUSIVE);
        long current = file.change().getDataVersion();
        if (store.getBaseVersion() != current) {
            throw Refusal.of(
                    FailureCode.STALE,
                    "based on version " + store.getBaseVersion() + ", but " + current
                            + " is current");
        }
        NewContents contents = NewContents.of(store.getContents(), store.getSize());
        new Versions(edit).replace(file, contents, store.getCollection());
        file.raiseFence(fence);
        file.touch();
        dropPrivileges(file);
        file.modifyNow();
        if (store.hasModified()) {
            file.modifyAt(Moments.check(store.getModified()));
        }
        new AttributeChange(edit, file).apply(store.getAttributes());
        edit.answer(file);
    }

    /** Makes the token the file's fence before its holder reads the base (rule 4d). */
    void raiseFence(RaiseFence raise) {
        Token token = raise.getToken();
        if (!FileId.valid(raise.getFile())) {
            throw Refusal.of(FailureCode.INVALID, "no file has the id " + raise.getFile());
        }
        edit.records().volume(new FileId(raise.getFile()).volume());
        if (isThere(raise.getFile())) {
            Node file = edit.live(raise.getFile());
            file.raiseFence(check(token, file, token.getMode()));
        } else {
            check(token, raise.getFile(), token.getMode());
        }
    }

    /** No token of an older epoch is taken any more (rule 4a). */
    void raiseEpoch(RaiseEpoch raise) {
        raiseEpoch(raise.getEpoch());
    }

    private void raiseEpoch(long epoch) {
        if (epoch > edit.records().group().getEpoch()) {
            edit.group().setEpoch(epoch);
        }
    }

    private boolean isThere(long file) {
        return edit.records()
                .vnode(file)
                .filter(record -> record.getAttributes().getLinks() > 0)
                .isPresent();
    }

    private void requireFile(Node node) {
        if (node.attributes().getType() == FileType.FOLDER) {
            throw Refusal.of(FailureCode.IS_A_DIRECTORY, node.id() + " is a directory");
        }
        if (!node.isFile()) {
            throw Refusal.of(FailureCode.INVALID, node.id() + " is no file");
        }
    }

    private FencingToken check(Token token, Node file, LockMode mode) {
        FencingToken fence = check(token, file.file(), mode);
        if (fence.olderThan(file.fence())) {
            throw fenced("token " + fence + " is older than the file's fence " + file.fence());
        }
        return fence;
    }

    /** A newer epoch shown here becomes the group's: older tokens are refused from now on. */
    private FencingToken check(Token token, long file, LockMode mode) {
        if (token.getMode() != mode || mode == LockMode.LOCK_MODE_NONE) {
            throw fenced("needs a token of an exclusive lock");
        }
        if (token.getFile() != file || token.getEpoch() < 1 || token.getNumber() < 0) {
            throw fenced("the token is not of this file");
        }
        long epoch = edit.records().group().getEpoch();
        if (token.getEpoch() < epoch) {
            throw fenced("token of epoch " + token.getEpoch() + ", but " + epoch + " is current");
        }
        raiseEpoch(token.getEpoch());
        return new FencingToken(token.getEpoch(), token.getNumber());
    }

    private Refusal fenced(String why) {
        GroupRecord group = edit.records().group();
        return Refusal.fenced(group.getEpoch(), why);
    }

    private void dropPrivileges(Node file) {
        new AttributeChange(edit, file).dropPrivileges();
    }
}
