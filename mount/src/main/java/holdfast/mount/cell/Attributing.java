package holdfast.mount.cell;

import holdfast.client.files.Cell.Changes;
import holdfast.client.files.CellException;
import holdfast.client.files.VnodeAccess;
import holdfast.model.failure.FailureCode;
import holdfast.mount.fuse.AttributeChange;
import holdfast.mount.fuse.Attributes;
import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;
import holdfast.mount.fuse.NewTime;
import holdfast.mount.fuse.Status;
import holdfast.mount.fuse.XattrMode;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Changes attributes, and has the extended ones. */
final class Attributing {
    private static final List<String> NAMESPACES = List.of("user.", "trusted.", "security.");

    /** Where it is not to be had, {@code ls -l} asks for it once only, not for each file. */
    private static final String LABEL = "security.selinux";

    /** Attributes that only root sees; see xattr(7). */
    private static final String TRUSTED = "trusted.";

    private final VnodeAccess cell;
    private final OpenFiles files;
    private final Owners owners;
    private final Freshness freshness;
    private final Clock clock;

    Attributing(
            VnodeAccess cell, OpenFiles files, Owners owners, Freshness freshness, Clock clock) {
        this.cell = cell;
        this.files = files;
        this.owners = owners;
        this.freshness = freshness;
        this.clock = clock;
    }

    /** All but the size; of a file that is written to here, they ride in its next store. */
    void change(Inode inode, AttributeChange change) {
        Changes changes = changes(change);
        if (!changes.equals(Changes.NONE) && !files.change(inode, changes)) {
            Errors.of(() -> cell.change(inode.ref(), changes));
        }
    }

    /** The kernel sends the time along with a new size, which has one anyway. */
    private Changes changes(AttributeChange change) {
        Changes changes = Changes.NONE;
        if (change.mode().isPresent()) {
            changes = changes.withMode(change.mode().getAsInt() & ~Attributes.TYPE);
        }
        if (change.user().isPresent()) {
            changes = changes.withOwner(owners.userName(change.user().getAsInt()));
        }
        if (change.group().isPresent()) {
            changes = changes.withGroup(owners.groupName(change.group().getAsInt()));
        }
        return change.size().isPresent() ? changes : timed(changes, change);
    }

    /** Now is the server's, since who may only write may set nothing else. */
    private Changes timed(Changes changes, AttributeChange change) {
        Optional<Instant> now = Optional.of(clock.instant());
        Changes written = switch (change.modified()) {
            case NewTime.Keep _ -> changes;
            case NewTime.Now _ -> changes.withModifiedNow(now);
            case NewTime.At at -> changes.withModified(Statuses.instant(at.nanos()));
        };
        return switch (change.accessed()) {
            case NewTime.Keep _ -> written;
            case NewTime.Now _ -> written.withAccessedNow(now);
            case NewTime.At at -> written.withAccessed(Statuses.instant(at.nanos()));
        };
    }

    /**
     * An extended attribute.
     *
     * @param status of the inode, asked when it matters
     */
    byte[] extended(Inode inode, String name, Supplier<Status> status) {
        if (inode.unnamed().isPresent()) {
            throw new FuseException(Errno.ENODATA);
        }
        boolean list = KernelAccessList.isOne(name);
        byte[] value = Errors.of(() -> cell.xattr(inode.ref(), name)).orElseThrow(() -> {
            boolean known =
                    list || (!name.equals(LABEL) && NAMESPACES.stream().anyMatch(name::startsWith));
            return new FuseException(known ? Errno.ENODATA : Errno.EOPNOTSUPP);
        });
        return list ? owners.toKernel(value, modeToCome(inode, name, status)) : value;
    }

    /** A mode that rides in a store to come will change the access list then. */
    private static OptionalInt modeToCome(Inode inode, String name, Supplier<Status> status) {
        return name.equals(KernelAccessList.ACCESS) && inode.contents().isWritten()
                ? OptionalInt.of(status.get().attributes().mode())
                : OptionalInt.empty();
    }

    /** Their names, all or those that anybody sees. */
    List<String> extended(Inode inode, boolean all) {
        if (inode.unnamed().isPresent()) {
            return List.of();
        }
        return Errors.of(() -> cell.xattrs(inode.ref())).keySet().stream()
                .filter(name -> all || !name.startsWith(TRUSTED))
                .toList();
    }

    void setExtended(Inode inode, String name, byte[] value, XattrMode mode) {
        if (name.indexOf('.') == name.length() - 1) {
            throw new FuseException(Errno.EINVAL, "no name in the namespace " + name);
        }
        Errors.ofBounded(Errno.ENOSPC, () -> {
            byte[] kept = KernelAccessList.isOne(name) ? owners.fromKernel(value) : value;
            cell.setXattr(inode.ref(), name, kept, how(mode));
            return name;
        });
        freshness.forgetAttributes(inode); // an access list changes the mode
    }

    private static holdfast.client.files.XattrMode how(XattrMode mode) {
        return switch (mode) {
            case ANY -> holdfast.client.files.XattrMode.ANY;
            case CREATE -> holdfast.client.files.XattrMode.CREATE;
            case REPLACE -> holdfast.client.files.XattrMode.REPLACE;
        };
    }

    void removeExtended(Inode inode, String name) {
        Errors.of(() -> {
            try {
                cell.removeXattr(inode.ref(), name);
            } catch (CellException e) {
                // Programs take away access lists that are not there.
                if (e.code() != FailureCode.NO_ATTRIBUTE || !KernelAccessList.isOne(name)) {
                    throw e;
                }
            }
            return name;
        });
    }
}
