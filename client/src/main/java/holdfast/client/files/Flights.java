package holdfast.client.files;

import holdfast.wire.proto.Attributes;

import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * The requests under way that may bring promises, and what was broken or changed since the oldest
 * of them began (rule 1c). Guarded by the lock of its {@link VnodeCache}.
 */
final class Flights {
    /** Notes kept at most; beyond it, requests under way bring no promises. */
    private static final int NOTES_MAX = 65_536;

    /**
     * A request under way.
     *
     * @param generation of the lease that held when it began; 0: it takes no promises
     * @param term of that lease
     */
    record Flight(long sequence, long generation, long term) {}

    private static final class Note {
        private long sequence;
        private long vnode;
        private long entries;
    }

    private final TreeSet<Long> underWay = new TreeSet<>();
    private final LinkedHashMap<Long, Note> notes = new LinkedHashMap<>();
    private long sequence;
    private long worthless;

    Flight begin(long generation, long term) {
        Flight flight = new Flight(++sequence, generation, term);
        underWay.add(flight.sequence());
        return flight;
    }

    void end(Flight flight) {
        underWay.remove(flight.sequence());
        if (underWay.isEmpty()) {
            notes.clear();
            return;
        }
        long oldest = underWay.first();
        Iterator<Map.Entry<Long, Note>> each = notes.entrySet().iterator();
        while (each.hasNext() && each.next().getValue().sequence < oldest) {
            each.remove();
        }
    }

    /**
     * Requests under way take no promise on the vnode unless they saw it beyond {@code number}. A
     * break names the number it makes: an answer that shows just that one may have been read after
     * the change, but its promise was noted before and went with the break.
     */
    void noteVnode(long file, long number) {
        Note note = note(file);
        if (note != null) {
            note.vnode = Math.max(note.vnode, number);
        }
    }

    /** The same for the promise on a directory's list. */
    void noteEntries(long file, long number) {
        Note note = note(file);
        if (note != null) {
            note.entries = Math.max(note.entries, number);
        }
    }

    private @Nullable Note note(long file) {
        if (underWay.isEmpty()) {
            return null;
        }
        if (notes.size() >= NOTES_MAX) {
            notes.clear();
            worthless = sequence;
        }
        Note known = notes.remove(file);
        Note note = known == null ? new Note() : known;
        note.sequence = ++sequence;
        notes.put(file, note);
        return note;
    }

    boolean vnodeHolds(Flight flight, Attributes seen) {
        Note note = noteSince(flight, seen);
        return flight.sequence() > worthless
                && (note == null || seen.getChangeNumber() > note.vnode);
    }

    boolean entriesHold(Flight flight, Attributes seen) {
        Note note = noteSince(flight, seen);
        return flight.sequence() > worthless
                && (note == null || seen.getChangeNumber() > note.entries);
    }

    private @Nullable Note noteSince(Flight flight, Attributes seen) {
        Note note = notes.get(seen.getFile());
        return note == null || note.sequence < flight.sequence() ? null : note;
    }
}
