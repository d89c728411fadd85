package holdfast.app.cell;

import holdfast.wire.transport.Address;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a server is.
 *
 * @param listen its address, also for the other members of its group
 * @param data its data folder
 * @param join where members of its group are, when {@code data} is empty and to be another member;
 *     empty: a new folder founds a group of its own
 */
public record Place(Address listen, Path data, List<Address> join) {
    public Place {
        join = List.copyOf(join);
    }

    /** Of a server that founds its group, or that has joined it before. */
    public Place(Address listen, Path data) {
        this(listen, data, List.of());
    }
}
