package holdfast.server.locking;

import holdfast.wire.log.SessionRecord;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is committed of the locking service, at one moment; never changes.
 *
 * @param epoch of the newest leader, 0 before the first
 * @param lastSession the newest session's id
 * @param live the sessions that have not ended, by id
 */
public record Sessions(long epoch, long lastSession, SortedMap<Long, SessionRecord> live) {
    /** The most sessions (rule 12). */
    public static final int LIVE_MAX = 100_000;

    static final Sessions NONE = new Sessions(0, 0, new TreeMap<>());

    public Sessions {
        live = Collections.unmodifiableSortedMap(live);
    }

    /** Whether {@code session} has not ended. */
    public boolean isLive(long session) {
        return live.containsKey(session);
    }
}
