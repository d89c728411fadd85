package holdfast.server.locking;

import holdfast.model.lock.FencingToken;

/**
 * A lock held.
 *
 * @param ask what it was granted for
 * @param token its place in the order of grants
 * @param raise whether its holder must commit the token as the file's fence first (rule 4d)
 * @param sinceNanos when it was granted, by the service's ticker; for people only
 */
public record Held(Ask ask, FencingToken token, boolean raise, long sinceNanos) {
    Held with(boolean mark) {
        return new Held(ask, token, mark, sinceNanos);
    }
}
