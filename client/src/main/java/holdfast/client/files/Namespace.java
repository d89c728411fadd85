package holdfast.client.files;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;

import holdfast.client.files.OwnChange.Names;
import holdfast.client.files.ReplicaGroup.Outcome;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Link;
import holdfast.wire.proto.Remove;
import holdfast.wire.proto.Rename;
import holdfast.wire.proto.SetAttributes;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Changes of names and attributes: one request each, when the directory is known. */
final class Namespace {
    private static final Set<FailureCode> DIRECTORY_GONE = Set.of(FailureCode.STALE);

    private final Resolver resolver;
    private final ReplicaGroups groups;
    private final IdBlocks ids;

    Namespace(Resolver resolver, ReplicaGroups groups, IdBlocks ids) {
        this.resolver = resolver;
        this.groups = groups;
        this.ids = ids;
    }

    /** A directory and a name in it. */
    record Place(ReplicaGroup group, CachedVnode directory, CellPath path) {
        FileId parent() {
            return directory.file();
        }

        Name name() {
            return path.last();
        }

        ByteString nameBytes() {
            return UnsafeByteOperations.unsafeWrap(path.last().bytes());
        }

        /** What a change here touches, as far as it is known. */
        List<FileId> touched() {
            List<FileId> touched = new ArrayList<>();
            touched.add(parent());
            CachedVnode.Binding binding = directory.names().get(name());
            if (binding != null) {
                touched.add(binding.child().file());
            }
            return touched;
        }
    }

    /** The directory that holds the entry; not whether the entry is there. */
    Place place(Spot spot, Deadline deadline) {
        CellPath path = spot.path();
        if (path.isRoot()) {
            throw failure(FailureCode.BUSY, "the root of the cell can't be changed", path);
        }
        return switch (resolver.resolve(spot.parent(), Lookup.place(true), deadline)) {
            case Resolved.Found found -> place(found, path);
            case Resolved.Absent absent -> throw Resolver.notFound(path.parent());
            case Resolved.AboveMounts above -> throw aboveMounts(above.path(), path, deadline);
        };
    }

    private static Place place(Resolved.Found found, CellPath path) {
        if (!found.vnode().isFolder()) {
            throw failure(FailureCode.NOT_A_DIRECTORY, "not a directory", path.parent());
        }
        return new Place(found.group(), found.vnode(), found.path().child(path.last()));
    }

    private FailureException aboveMounts(CellPath parent, CellPath path, Deadline deadline) {
        boolean mounted =
                groups.map().view(deadline).mountsBelow(parent.names()).contains(path.last());
        return mounted
                ? failure(FailureCode.BUSY, "a volume is mounted here", path)
                : ReplicaGroups.noVolume(path).exception();
    }

    /**
     * Runs a change of the entry at {@code spot}; looks the directory up again, once, when it was
     * removed meanwhile.
     */
    private <T> T in(Spot spot, Deadline deadline, BiFunction<Place, Deadline, T> change) {
        Place place = place(spot, deadline);
        try {
            return change.apply(place, deadline);
        } catch (FailureException e) {
            if (!DIRECTORY_GONE.contains(e.code())) {
                throw e;
            }
            place.group().vnodes().drop(List.of(place.parent()));
            return change.apply(place(spot, deadline), deadline);
        }
    }

    Stat mkdir(Spot spot, int mode, MadeFor whom, Deadline deadline) {
        return make(spot, whom.in(creating(FileType.FOLDER, mode)).build(), deadline);
    }

    Stat symlink(byte[] target, Spot spot, MadeFor whom, Deadline deadline) {
        Create.Builder link =
                creating(FileType.SYMLINK, 0777).setTarget(ByteString.copyFrom(target));
        return make(spot, whom.in(link).build(), deadline);
    }

    /** A special file; {@code device} counts for devices. */
    Stat mknod(Spot spot, Stat.Type type, int mode, int device, MadeFor whom, Deadline deadline) {
        if (type == Stat.Type.DIRECTORY || type == Stat.Type.SYMLINK) {
            throw failure(FailureCode.INVALID, "mknod makes no " + type, spot.path());
        }
        Create.Builder node = creating(Stats.type(type), mode);
        if (type.isDevice()) {
            node.setDevice(device);
        }
        return make(spot, whom.in(node).build(), deadline);
    }

    static Create.Builder creating(FileType type, int mode) {
        return Create.newBuilder().setType(type).setMode(mode & 07777);
    }

    private Stat make(Spot spot, Create what, Deadline deadline) {
        CellPath path = spot.path();
        if (path.isRoot()) {
            throw failure(FailureCode.ALREADY_EXISTS, "already exists", path);
        }
        try {
            return in(
                    spot,
                    deadline,
                    (at, limit) -> Stats.of(make(at, what, limit).answer().getFile()));
        } catch (FailureException e) {
            if (e.code() == FailureCode.BUSY) {
                throw failure(FailureCode.ALREADY_EXISTS, "a volume is mounted here", path);
            }
            throw e;
        }
    }

    /** Makes {@code what} at {@code place}, with an identity of its own. */
    Outcome make(Place place, Create what, Deadline deadline) {
        FileId file = ids.next(place.parent().volume(), deadline);
        return make(place, file, what, deadline);
    }

    /** Makes {@code what} at {@code place} as {@code file}. */
    Outcome make(Place place, FileId file, Create what, Deadline deadline) {
        Create request = what.toBuilder()
                .setParent(place.parent().value())
                .setName(place.nameBytes())
                .setFile(file.value())
                .build();
        Names made = new Names.Made(place.parent(), place.name());
        List<FileId> touched = place.touched();
        touched.add(file);
        return groups.at(
                place.parent(),
                deadline,
                group -> group.change(FileMethods.CREATE, request, made, touched, deadline));
    }

    /** Removes the entry at {@code spot}; returns what it led to, with the names that are left. */
    Stat remove(Spot spot, boolean folder, Deadline deadline) {
        return in(spot, deadline, (at, limit) -> {
            Remove request = Remove.newBuilder()
                    .setParent(at.parent().value())
                    .setName(at.nameBytes())
                    .setFolder(folder)
                    .build();
            Names removed = new Names.Removed(at.parent(), at.name());
            Outcome outcome = groups.at(
                    at.parent(),
                    limit,
                    group -> group.change(
                            FileMethods.REMOVE, request, removed, at.touched(), limit));
            return Stats.of(outcome.answer().getFile());
        });
    }

    /**
     * What a rename did.
     *
     * @param moved what was moved
     * @param replaced what the target was, with the names that are left
     */
    record Renamed(Stat moved, Optional<Stat> replaced) {}

    Renamed rename(Spot from, Spot to, Cell.RenameMode how, Deadline deadline) {
        Place source = place(from, deadline);
        Place target = place(to, deadline);
        sameVolume(source.parent(), target.parent(), to.path());
        Rename request = Rename.newBuilder()
                .setFrom(source.parent().value())
                .setFromName(source.nameBytes())
                .setTo(target.parent().value())
                .setToName(target.nameBytes())
                .setNoReplace(how == Cell.RenameMode.NO_REPLACE)
                .setExchange(how == Cell.RenameMode.EXCHANGE)
                .build();
        Names moved = new Names.Moved(
                source.parent(),
                source.name(),
                target.parent(),
                target.name(),
                how == Cell.RenameMode.EXCHANGE);
        List<FileId> touched = source.touched();
        touched.addAll(target.touched());
        try {
            Outcome outcome = groups.at(
                    source.parent(),
                    deadline,
                    group -> group.change(FileMethods.RENAME, request, moved, touched, deadline));
            Changed answer = outcome.answer();
            return new Renamed(
                    Stats.of(answer.getFile()),
                    answer.hasReplaced()
                            ? Optional.of(Stats.of(answer.getReplaced()))
                            : Optional.empty());
        } catch (FailureException e) {
            CellPath path = blamed(e, from.path(), to.path());
            throw new FailureException(e.failure().at(path.toString()), e);
        }
    }

    /** Which of a rename's two paths it was refused for. */
    private static CellPath blamed(FailureException e, CellPath from, CellPath to) {
        return switch (e.code()) {
            case ALREADY_EXISTS, NOT_A_DIRECTORY, IS_A_DIRECTORY, NOT_EMPTY -> to;
            default -> from;
        };
    }

    private static void sameVolume(FileId one, FileId other, CellPath path) {
        if (one.volume() != other.volume()) {
            throw failure(FailureCode.CROSS_VOLUME, "it lies in another volume", path);
        }
    }

    Stat link(Spot existing, Spot name, Deadline deadline) {
        Resolved.Found found = resolver.found(existing, Lookup.place(false), deadline);
        return in(name, deadline, (at, limit) -> {
            FileId file = found.vnode().file();
            sameVolume(file, at.parent(), name.path());
            Link request = Link.newBuilder()
                    .setFile(file.value())
                    .setParent(at.parent().value())
                    .setName(at.nameBytes())
                    .build();
            Names made = new Names.Made(at.parent(), at.name());
            List<FileId> touched = at.touched();
            touched.add(file);
            Outcome outcome = groups.at(
                    file,
                    limit,
                    group -> group.change(FileMethods.LINK, request, made, touched, limit));
            return Stats.of(outcome.answer().getFile());
        });
    }

    Stat setAttributes(Spot spot, Cell.Changes changes, Deadline deadline) {
        Resolved.Found found = resolver.found(spot, Lookup.place(true), deadline);
        return Stats.of(change(found.vnode().file(), changes, deadline).answer().getFile());
    }

    Outcome change(FileId file, Cell.Changes changes, Deadline deadline) {
        SetAttributes request = SetAttributes.newBuilder()
                .setFile(file.value())
                .setChanges(Stats.changes(changes))
                .build();
        return groups.at(
                file,
                deadline,
                group -> group.change(
                        FileMethods.SET_ATTRIBUTES,
                        request,
                        new Names.Unchanged(),
                        List.of(file),
                        deadline));
    }

    static FailureException failure(FailureCode code, String message, CellPath path) {
        return Failure.of(code, message).at(path.toString()).exception();
    }
}
