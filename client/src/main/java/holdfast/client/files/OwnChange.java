package holdfast.client.files;

import holdfast.client.files.CachedVnode.State;
import holdfast.model.id.FileId;
import holdfast.model.path.Name;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Changed;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes the answer to one change of this client's own into what is known, under the lock of
 * {@link VnodeCache}. The server does not break the changer's promises; it says which still hold.
 * Answers to changes made side by side may come out of order.
 */
final class OwnChange {
    private final Vnodes vnodes;
    private final Flights flights;
    private final Flights.Flight flight;
    private final Changed answer;
    private final long generation;
    private final List<Long> touched = new ArrayList<>();

    /** A name in a directory. */
    record Place(long directory, Name name) {}

    /** What a change does to names. */
    sealed interface Names {
        /** The names that lead elsewhere afterwards. */
        List<Place> places();

        /** Nothing. */
        record Unchanged() implements Names {
            @Override
            public List<Place> places() {
                return List.of();
            }
        }

        record Made(FileId directory, Name name) implements Names {
            @Override
            public List<Place> places() {
                return List.of(new Place(directory.value(), name));
            }
        }

        record Removed(FileId directory, Name name) implements Names {
            @Override
            public List<Place> places() {
                return List.of(new Place(directory.value(), name));
            }
        }

        record Moved(FileId from, Name fromName, FileId to, Name toName, boolean exchanged)
                implements Names {
            @Override
            public List<Place> places() {
                return List.of(new Place(from.value(), fromName), new Place(to.value(), toName));
            }
        }
    }

    /** @param generation under which promises in the answer count; 0: they don't */
    OwnChange(
            Vnodes vnodes,
            Flights flights,
            Flights.Flight flight,
            Changed answer,
            long generation) {
        this.vnodes = vnodes;
        this.flights = flights;
        this.flight = flight;
        this.answer = answer;
        this.generation = generation;
    }

    /** The vnodes that the change touched. */
    List<Long> touched() {
        return touched;
    }

    /** Whether the change took the last name of {@code file} away. */
    boolean isGone(long file) {
        return isGone(answer.getFile(), file)
                || (answer.hasReplaced() && isGone(answer.getReplaced(), file));
    }

    private static boolean isGone(Attributes seen, long file) {
        return seen.getFile() == file && seen.getLinks() == 0;
    }

    /** Returns the vnode that the change was about. */
    CachedVnode take(Names names) {
        CachedVnode vnode = file(answer.getFile());
        if (answer.hasParent()) {
            folder(
                    answer.getParent(),
                    answer.getParentPromised(),
                    answer.getParentEntriesPromised());
        }
        if (answer.hasToParent()) {
            folder(
                    answer.getToParent(),
                    answer.getToParentPromised(),
                    answer.getToParentEntriesPromised());
        }
        if (answer.hasReplaced()) {
            replaced(answer.getReplaced());
        }
        switch (names) {
            case Names.Unchanged none -> {}
            case Names.Made made -> made(made.directory(), made.name(), vnode);
            case Names.Removed gone -> removed(gone.directory(), gone.name(), vnode);
            case Names.Moved moved -> moved(moved, vnode);
        }
        return vnode;
    }

    private CachedVnode file(Attributes seen) {
        boolean holds = answer.getPromised() && flights.vnodeHolds(flight, seen);
        long promise = holds ? generation : 0;
        flights.noteVnode(seen.getFile(), seen.getChangeNumber() - 1);
        touched.add(seen.getFile());
        CachedVnode vnode = vnodes.get(seen.getFile());
        if (vnode == null) {
            return vnodes.add(seen, promise, true);
        }
        State known = vnode.state();
        boolean held = promise != 0 && known.promised() == promise;
        if (seen.getChangeNumber() > known.number()) {
            vnode.state(
                    held
                            ? known.changedHere(seen)
                            : new State(seen, promise, known.found() + 1, true));
        } else if (seen.getChangeNumber() == known.number() && promise != 0) {
            vnode.state(known.promisedAgain(promise));
        } else if (!answer.getPromised()) {
            vnode.state(known.unpromised());
        }
        return vnode;
    }

    private void folder(Attributes seen, boolean promised, boolean entriesPromised) {
        flights.noteEntries(seen.getFile(), seen.getChangeNumber() - 1);
        touched.add(seen.getFile());
        CachedVnode directory = vnodes.get(seen.getFile());
        if (directory == null) {
            return;
        }
        State known = directory.state();
        boolean newer = seen.getChangeNumber() > known.number();
        if (newer && promised && known.promised() == generation) {
            directory.state(known.changedHere(seen));
        } else if (newer) {
            directory.state(new State(seen, 0, known.found() + 1, true));
        } else if (!promised) {
            directory.state(known.unpromised());
        }
        if (entriesPromised && directory.entries().promised() == generation) {
            directory.entries(directory.entries().changedHere(seen.getChangeNumber()));
        } else {
            directory.entriesBroken();
        }
    }

    private void replaced(Attributes seen) {
        flights.noteVnode(seen.getFile(), seen.getChangeNumber());
        touched.add(seen.getFile());
        CachedVnode vnode = vnodes.get(seen.getFile());
        if (vnode != null && seen.getChangeNumber() >= vnode.state().number()) {
            vnode.state(new State(seen, 0, vnode.state().found() + 1, true));
        }
    }

    private void made(FileId in, Name name, CachedVnode vnode) {
        CachedVnode directory = vnodes.get(in.value());
        if (directory == null) {
            return;
        }
        if (vnode.state().number() == answer.getFile().getChangeNumber()) {
            directory.bind(name, vnode);
        } else {
            directory.forgetName(name);
        }
    }

    private void removed(FileId from, Name name, CachedVnode vnode) {
        CachedVnode directory = vnodes.get(from.value());
        if (directory != null) {
            directory.unbind(name, vnode);
        }
        if (vnode.state().attributes().getLinks() == 0) {
            vnodes.remove(vnode, true);
        }
    }

    private void moved(Names.Moved moved, CachedVnode vnode) {
        CachedVnode from = vnodes.get(moved.from().value());
        if (from != null) {
            from.unbind(moved.fromName(), vnode);
            boolean perhapsNothing = answer.getFile().getLinks() > 1; // both names of one file
            if (moved.exchanged() || perhapsNothing) {
                from.forgetName(moved.fromName());
            }
        }
        made(moved.to(), moved.toName(), vnode);
    }
}
