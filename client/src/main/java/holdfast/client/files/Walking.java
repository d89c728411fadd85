package holdfast.client.files;

import com.google.protobuf.UnsafeByteOperations;

import holdfast.client.files.Flights.Flight;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.model.time.Deadline;
import holdfast.model.volume.Access.Right;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.FailureMessage;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Vnode;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.transport.FailureCodec;
import holdfast.wire.transport.Transport.Answered;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Walks down names inside one volume: as far as they are known for sure without a message, the rest
 * in one. Ends at the last name, at a missing one, at a symbolic link, or at a mount point.
 */
final class Walking {
    /** How a walk ended. */
    enum End {
        /** At the last name. */
        LAST,
        /** The next name is not there. */
        MISSING,
        /** At a symbolic link. */
        LINK,
        /** At a directory on which another volume is mounted. */
        MOUNT
    }

    /**
     * Where a walk ended.
     *
     * @param depth how many names it went down
     * @param vnode where it stands
     * @param asked whether a server was asked
     */
    record Stop(
            End end,
            int depth,
            CachedVnode vnode,
            Attributes attributes,
            Optional<Contents> contents,
            boolean asked) {}

    private final ReplicaGroup group;
    private final VnodeCache vnodes;
    private final Rights rights;
    private final CellPath mount;
    private final FileId root;
    private final List<Name> names;
    private final Lookup how;
    private final Deadline deadline;

    Walking(
            ReplicaGroup group,
            Rights rights,
            CellPath mount,
            FileId root,
            List<Name> names,
            Lookup how,
            Deadline deadline) {
        this.group = group;
        this.vnodes = group.vnodes();
        this.rights = rights;
        this.mount = mount;
        this.root = root;
        this.names = names;
        this.how = how;
        this.deadline = deadline;
    }

    Stop run() {
        long generation = vnodes.peek();
        CachedVnode from = null;
        int depth = 0;
        if (generation != 0) {
            Known known = known(generation);
            if (vnodes.holds(generation)) {
                Stop stop = known.stop();
                if (stop != null) {
                    return stop;
                }
                from = known.last();
                depth = known.depth();
            }
        }
        return ask(from, depth);
    }

    // ---- what is known for sure ----------------------------------------------------------------

    /** How far the walk goes without a message; {@code stop} when that is to its end. */
    private record Known(
            @Nullable CachedVnode last, int depth, @Nullable Stop stop) {}

    private Known known(long generation) {
        CachedVnode at = vnodes.get(root).orElse(null);
        if (at == null || at.state().promised() != generation) {
            return new Known(null, 0, null);
        }
        for (int depth = 0; depth < names.size(); depth++) {
            Attributes here = at.state().attributes();
            End early = early(here, depth);
            if (early != null) {
                return new Known(at, depth, stop(early, depth, at, here));
            }
            checkSearch(here, depth);
            Name name = names.get(depth);
            CachedVnode next = vnodes.child(at, name, generation);
            if (next == null) {
                boolean absent = vnodes.absent(at, name, generation);
                return new Known(at, depth, absent ? stop(End.MISSING, depth, at, here) : null);
            }
            at = next;
        }
        return new Known(at, names.size(), last(at, generation));
    }

    private @Nullable Stop last(CachedVnode at, long generation) {
        CachedVnode.State state = at.state();
        Attributes here = state.attributes();
        if (state.promised() != generation || how.needsServer(at, here)) {
            return null;
        }
        if (how.attributes() && !vnodes.attributesHold(at, state, generation)) {
            return null;
        }
        return stop(endAtLast(here), names.size(), at, here);
    }

    private static Stop stop(End end, int depth, CachedVnode at, Attributes here) {
        return new Stop(end, depth, at, here, Optional.empty(), false);
    }

    private End endAtLast(Attributes here) {
        return here.getType() == FileType.SYMLINK && how.follow()
                ? End.LINK
                : here.getMountedVolume() != 0 ? End.MOUNT : End.LAST;
    }

    private static @Nullable End early(Attributes here, int depth) {
        if (here.getType() == FileType.SYMLINK) {
            return End.LINK;
        }
        return depth > 0 && here.getMountedVolume() != 0 ? End.MOUNT : null;
    }

    private void checkSearch(Attributes here, int depth) {
        if (here.getType() != FileType.FOLDER) {
            throw Failure.of(FailureCode.NOT_A_DIRECTORY, "not a directory")
                    .at(pathOf(depth))
                    .exception();
        }
        if (!rights.may(here, Right.EXECUTE)) {
            throw Rights.denied(Right.EXECUTE, pathOf(depth));
        }
    }

    private String pathOf(int depth) {
        List<Name> all = new ArrayList<>(mount.names());
        all.addAll(names.subList(0, depth));
        return new CellPath(all).toString();
    }

    // ---- asking --------------------------------------------------------------------------------

    private Stop ask(@Nullable CachedVnode from, int depth) {
        FileId start = from == null ? root : from.file();
        List<Name> rest = names.subList(from == null ? 0 : depth, names.size());
        try {
            return group.ask(
                    FileMethods.WALK,
                    request(start, rest),
                    deadline,
                    (flight, answer) -> take(flight, answer, names.size() - rest.size(), rest));
        } catch (FailureException e) {
            boolean startIsGone =
                    e.code() == FailureCode.STALE || e.code() == FailureCode.NOT_FOUND;
            if (!startIsGone || start.equals(root)) {
                throw e;
            }
            vnodes.drop(List.of(start));
            return ask(null, 0);
        }
    }

    private Walk request(FileId start, List<Name> rest) {
        Walk.Builder walk = Walk.newBuilder()
                .setStart(start.value())
                .setContents(how.contents())
                .setPromises(group.wantsPromises());
        rest.forEach(name -> walk.addNames(UnsafeByteOperations.unsafeWrap(name.bytes())));
        how.known()
                .ifPresent(known -> walk.setKnownFile(known.file().value())
                        .setKnownVersion(known.dataVersion()));
        return walk.build();
    }

    private Stop take(Flight flight, Answered<WalkReply> answer, int above, List<Name> rest) {
        WalkReply reply = answer.message();
        if (reply.getStepsCount() > 0 && reply.getSteps(0).getAttributes().getLinks() == 0) {
            throw FailureException.of(FailureCode.STALE, "the directory was removed");
        }
        List<CachedVnode> taken = new ArrayList<>();
        for (Vnode step : reply.getStepsList()) {
            CachedVnode vnode = vnodes.take(flight, answer.term(), step);
            int at = taken.size();
            if (at > 0) {
                CachedVnode parent = taken.getLast();
                vnodes.bind(parent, rest.get(at - 1), vnode, step.getAttributes());
            }
            taken.add(vnode);
        }
        if (taken.isEmpty()) {
            throw ended(reply.getEnded(), above);
        }
        CachedVnode last = taken.getLast();
        int depth = above + taken.size() - 1;
        if (isMissing(reply, depth) && reply.getAbsencePromised()) {
            Attributes seen = reply.getSteps(reply.getStepsCount() - 1).getAttributes();
            vnodes.takeAbsence(flight, answer.term(), last, names.get(depth), seen);
        }
        return stop(reply, last, depth);
    }

    private boolean isMissing(WalkReply reply, int depth) {
        return depth < names.size() && reply.getEnded().getCode() == FailureCode.NOT_FOUND.wire();
    }

    private Stop stop(WalkReply reply, CachedVnode last, int depth) {
        Attributes here = reply.getSteps(reply.getStepsCount() - 1).getAttributes();
        if (reply.hasEnded()) {
            if (isMissing(reply, depth)) {
                return new Stop(End.MISSING, depth, last, here, Optional.empty(), true);
            }
            throw ended(reply.getEnded(), depth);
        }
        Optional<Contents> contents =
                reply.hasContents() ? Optional.of(reply.getContents()) : Optional.empty();
        boolean done = depth == names.size();
        End end = done ? endAtLast(here) : early(here, Math.max(depth, 1));
        if (end == null) {
            throw FailureException.of(
                    FailureCode.INTERNAL, "a walk ended at " + last.file() + " for no reason");
        }
        return new Stop(end, depth, last, here, contents, true);
    }

    private FailureException ended(FailureMessage message, int depth) {
        return FailureCodec.decode(message).at(pathOf(depth)).exception();
    }
}
