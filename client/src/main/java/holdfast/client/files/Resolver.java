package holdfast.client.files;

import holdfast.client.files.Walking.Stop;
import holdfast.client.session.CellView;
import holdfast.client.session.CellView.Mount;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.model.time.Deadline;

import java.util.List;
import java.util.Optional;

/**
 * Finds what a path leads to: the volume with the longest mounted prefix, then a walk inside it,
 * again from the start of a symbolic link's target (POSIX pathname resolution; a target is resolved
 * in the cell, its {@code ..} against the directories really passed).
 */
final class Resolver {
    /** POSIX SYMLOOP_MAX as Linux has it. */
    private static final int LINKS_MAX = 40;

    private final ReplicaGroups groups;
    private final Rights rights;

    Resolver(ReplicaGroups groups, Rights rights) {
        this.groups = groups;
        this.rights = rights;
    }

    /**
     * What is there; NOT_FOUND when a directory on the way is missing, STALE when the vnode that it
     * begins at is gone.
     */
    Resolved resolve(Spot spot, Lookup how, Deadline deadline) {
        CellPath path = spot.path();
        try {
            return switch (spot) {
                case Spot.ByPath _ -> new Resolution(how, deadline).run(path);
                case Spot.Itself itself ->
                    from(itself.file(), path, path.names().size(), how, deadline);
                case Spot.Entry entry ->
                    from(entry.directory(), path, path.names().size() - 1, how, deadline);
            };
        } catch (FailureException e) {
            throw new FailureException(e.failure().at(path.toString()), e);
        }
    }

    /** From {@code start}, which the first {@code above} names of {@code path} led to. */
    private Resolved from(FileId start, CellPath path, int above, Lookup how, Deadline deadline) {
        try {
            return new Resolution(how.notFollowing(), deadline).run(start, path, above);
        } catch (FailureException e) {
            if (e.code() != FailureCode.NOT_FOUND) {
                throw e;
            }
            throw new FailureException(
                    Failure.of(FailureCode.STALE, "what was found here before is gone"), e);
        }
    }

    /** The vnode there. */
    Resolved.Found found(Spot spot, Lookup how, Deadline deadline) {
        return switch (resolve(spot, how, deadline)) {
            case Resolved.Found found -> found;
            case Resolved.Absent absent -> throw notFound(spot.path());
            case Resolved.AboveMounts above ->
                throw ReplicaGroups.noVolume(spot.path()).exception();
        };
    }

    static FailureException notFound(CellPath path) {
        return Failure.of(FailureCode.NOT_FOUND, "no such file or directory")
                .at(path.toString())
                .exception();
    }

    /** One resolution under way. */
    private final class Resolution {
        private final Lookup how;
        private final Deadline deadline;
        private int links;
        private boolean mapIsFresh;

        Resolution(Lookup how, Deadline deadline) {
            this.how = how;
            this.deadline = deadline;
        }

        Resolved run(CellPath path) {
            Remaining remaining = Remaining.of(path);
            while (true) {
                deadline.check("looking up the path");
                Optional<Resolved> there = step(remaining);
                if (there.isPresent()) {
                    return there.get();
                }
            }
        }

        Resolved run(FileId start, CellPath path, int above) {
            while (true) {
                deadline.check("looking up the vnode");
                Remaining remaining = Remaining.of(path);
                Optional<Resolved> there = walk(remaining, path.names(), above, start);
                if (there.isPresent()) {
                    return there.get();
                }
            }
        }

        /** Goes on with what remains; a result when that was its end. */
        private Optional<Resolved> step(Remaining remaining) {
            List<Name> names = remaining.run();
            CellView view = groups.map().view(deadline);
            Optional<Mount> mount = view.mountOf(names);
            if (mount.isEmpty()) {
                return aboveMounts(remaining, names, view);
            }
            int above = mount.get().depth();
            FileId root = FileId.rootOf(mount.get().volume().getNumber());
            return walk(remaining, names, above, root);
        }

        private Optional<Resolved> walk(
                Remaining remaining, List<Name> names, int above, FileId root) {
            boolean whole = remaining.endsWith(names);
            Lookup now = whole ? how : Lookup.place(true);
            CellPath mount = new CellPath(names.subList(0, above));
            List<Name> inside = names.subList(above, names.size());
            ReplicaGroup[] at = new ReplicaGroup[1];
            Stop stop = groups.at(root, deadline, group -> {
                at[0] = group;
                return new Walking(group, rights, mount, root, inside, now, deadline).run();
            });
            int depth = above + stop.depth();
            return switch (stop.end()) {
                case LAST -> whole ? found(at[0], names, stop) : passed(remaining, names, stop);
                case MISSING -> missing(at[0], names, depth, whole, stop);
                case LINK -> followed(remaining, names, depth, stop);
                case MOUNT -> mounted(remaining, names, depth, stop);
            };
        }

        private Optional<Resolved> found(ReplicaGroup group, List<Name> names, Stop stop) {
            return Optional.of(new Resolved.Found(
                    new CellPath(names), group, stop.vnode(), stop.attributes(), stop.contents()));
        }

        private Optional<Resolved> passed(Remaining remaining, List<Name> names, Stop stop) {
            if (!stop.vnode().isFolder()) {
                throw FailureException.of(FailureCode.NOT_A_DIRECTORY, "not a directory");
            }
            remaining.passed(names);
            return Optional.empty();
        }

        private Optional<Resolved> missing(
                ReplicaGroup group, List<Name> names, int depth, boolean whole, Stop stop) {
            if (whole && depth == names.size() - 1) {
                return Optional.of(new Resolved.Absent(new CellPath(names), group, stop.vnode()));
            }
            throw notFound(new CellPath(names.subList(0, depth + 1)));
        }

        private Optional<Resolved> followed(
                Remaining remaining, List<Name> names, int depth, Stop stop) {
            if (++links > LINKS_MAX) {
                throw FailureException.of(FailureCode.LOOP, "too many symbolic links");
            }
            remaining.follow(names, depth, stop.attributes().getTarget());
            return Optional.empty();
        }

        private Optional<Resolved> mounted(
                Remaining remaining, List<Name> names, int depth, Stop stop) {
            if (!mapIsFresh) {
                mapIsFresh = true;
                groups.map().refresh(deadline);
                return Optional.empty();
            }
            FileId root = FileId.rootOf(stop.attributes().getMountedVolume());
            return walk(remaining, names, depth, root);
        }

        /** Nothing but the map tells of these directories, and no renewal may be telling of it. */
        private Optional<Resolved> aboveMounts(
                Remaining remaining, List<Name> names, CellView view) {
            if (!mapIsFresh) {
                mapIsFresh = true;
                groups.map().refresh(deadline);
                return Optional.empty();
            }
            boolean there = names.isEmpty() || !view.mountsBelow(names).isEmpty();
            if (!there) {
                throw ReplicaGroups.noVolume(new CellPath(names)).exception();
            }
            if (remaining.endsWith(names)) {
                return Optional.of(new Resolved.AboveMounts(new CellPath(names)));
            }
            remaining.passed(names);
            return Optional.empty();
        }
    }
}
