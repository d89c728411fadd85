package holdfast.client.files;

import holdfast.client.files.CachedVnode.State;
import holdfast.model.id.FileId;
import holdfast.wire.proto.Attributes;

import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The vnodes that are remembered, a bounded number. Found without a lock; added and removed under
 * that of {@link VnodeCache}. What was not used since the hand came by last goes first.
 */
final class Vnodes {
    private final int most;
    private final ConcurrentHashMap<Long, CachedVnode> all = new ConcurrentHashMap<>();
    private Iterator<CachedVnode> hand = all.values().iterator();

    Vnodes(int most) {
        this.most = most;
    }

    @Nullable
    CachedVnode get(long file) {
        return all.get(file);
    }

    int size() {
        return all.size();
    }

    Iterator<CachedVnode> iterator() {
        return all.values().iterator();
    }

    CachedVnode add(Attributes attributes, long promise, boolean own) {
        makeRoom();
        FileId file = new FileId(attributes.getFile());
        CachedVnode vnode = new CachedVnode(file, new State(attributes, promise, 0, own));
        vnode.touch();
        all.put(file.value(), vnode);
        return vnode;
    }

    /** {@code gone}: it is no more at the server, too. */
    void remove(CachedVnode vnode, boolean gone) {
        all.remove(vnode.file().value(), vnode);
        vnode.forgotten(gone);
    }

    private void makeRoom() {
        int looked = 0;
        while (all.size() >= most && looked < 2 * most) {
            if (!hand.hasNext()) {
                hand = all.values().iterator();
                if (!hand.hasNext()) {
                    return;
                }
            }
            CachedVnode next = hand.next();
            looked++;
            if (!next.takeTouched() && !next.file().isRoot()) {
                remove(next, false);
            }
        }
    }
}
