package holdfast.verify.simulation;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;

import java.nio.file.Path;
import java.util.List;

/** Who carries out steps. */
public interface Client {
    /** The time of its history, in nanoseconds. */
    long now();

    /** Something went wrong that no step may meet. */
    void wrong(String what);

    /** A path that nothing is at. */
    Path scratch();

    /** It has opened a file for writing. */
    void opened(OpenFile file, long at);

    /** It has closed that file. */
    void closed(OpenFile file);

    /** What was found kept before, of stores that failed. */
    default List<Text> keptBefore() {
        return List.of();
    }

    /** What a refused store was to write was found kept, as {@code id}. */
    default void kept(Cell.Recovery recovery, String id) throws CellException {}
}
