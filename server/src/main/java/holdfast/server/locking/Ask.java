package holdfast.server.locking;

import holdfast.model.lock.FencingToken;
import holdfast.model.lock.Mode;

/**
 * A wish for a lock.
 *
 * @param key names it: asked again, it is the same
 * @param path for people
 * @param sinceNanos when it was asked, by the service's ticker; for people only
 */
public record Ask(Key key, long file, Mode mode, String path, long sinceNanos) {

    /**
     * What names an ask.
     *
     * @param request the client's number for it; 0 for a claim
     * @param claimed the token of a former epoch, for a claim; else NONE
     */
    public record Key(long session, long request, FencingToken claimed) {
        /** Of a new lock. */
        public Key(long session, long request) {
            this(session, request, FencingToken.NONE);
        }
    }

    /** Whose it is. */
    public long session() {
        return key.session();
    }
}
