package holdfast.server.replication;

import com.google.protobuf.ByteString;

import java.nio.file.Path;
import java.util.List;

/**
 * State that changes only by commands from a log. Deterministic: no clocks, threads, randomness or
 * I/O of its own; time and identities reach it inside the commands. {@code apply} is called by one
 * thread, in order of the indices; queries of the concrete class may run beside it.
 */
public interface StateMachine {
    /** Where the state stands. */
    record Applied(long term, long index) {
        /** Nothing applied yet. */
        public static final Applied NONE = new Applied(0, -1);
    }

    /**
     * Applies the commands of one log entry, in order, and says what came of each. The state and
     * the entry's term and index change together or not at all. Never fails for a command's
     * content: a refusal is an outcome.
     */
    List<ByteString> apply(long term, long index, List<ByteString> commands);

    /** The last entry applied; survives a restart as far as the state itself does. */
    Applied applied();

    /** Notes an entry that carries no command. */
    void skip(long term, long index);

    /**
     * Writes the whole state into the new folder {@code to}, durably. Called between two applies.
     */
    void checkpoint(Path to);

    /** Replaces the whole state by what {@link #checkpoint} wrote into {@code from}. */
    void restore(Path from);
}
