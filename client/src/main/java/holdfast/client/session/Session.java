package holdfast.client.session;

import holdfast.client.session.GroupConnection.Style;
import holdfast.model.time.Deadline;
import holdfast.wire.transport.Address;

import java.time.Duration;
import java.util.List;

/**
 * One client's connections to its cell: the front door of this room. Closing it gives back locks;
 * groups are closed by whoever asked for them.
 */
public final class Session implements AutoCloseable {
    private static final Duration ASK_AGAIN = Duration.ofMillis(100);

    private final Environment environment;
    private final Style style;
    private final CellMapCache map;
    private final LockSession locks;
    private final Counters counters = new Counters();

    /**
     * Connects to nothing yet.
     *
     * @param directories addresses of the directory service
     * @param locking addresses of the locking service; empty: those that the map names
     */
    public Session(
            Environment environment,
            List<Address> directories,
            List<Address> locking,
            Style style) {
        this.environment = environment;
        this.style = style;
        this.map = new CellMapCache(environment, directories);
        ServerCalls lockers = new ServerCalls(
                environment,
                "locking server",
                deadline -> locking.isEmpty() ? lockers(deadline) : locking,
                map::refreshInBackground);
        this.locks = new LockSession(environment, lockers, counters);
    }

    private List<Address> lockers(Deadline deadline) {
        List<Address> known = map.view(deadline).lockingServers();
        return known.isEmpty() ? map.refresh(deadline).lockingServers() : known;
    }

    public Environment environment() {
        return environment;
    }

    public CellMapCache map() {
        return map;
    }

    public LockSession locks() {
        return locks;
    }

    public Counters counters() {
        return counters;
    }

    /** The members of the cell's groups. */
    public Members members() {
        return new Members(environment, map);
    }

    /** Becomes a client of a replica group, whose promises {@code keeper} keeps. */
    public GroupConnection group(String id, PromiseKeeper keeper) {
        return new GroupConnection(environment, map, id, keeper, style, counters);
    }

    /** A short wait before asking for something that others are just making known. */
    public void pauseBeforeAskingAgain(Deadline deadline) {
        environment.pause(ASK_AGAIN, deadline);
    }

    @Override
    public void close() {
        locks.close();
    }
}
