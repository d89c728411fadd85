package holdfast.mount.cell;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Changes;
import holdfast.client.files.OpenFile;
import holdfast.client.files.Stat;
import holdfast.client.files.VnodeAccess;
import holdfast.client.files.VnodeAccess.Renamed;
import holdfast.client.files.VnodeAccess.Seen;
import holdfast.model.path.Name;
import holdfast.mount.fuse.AttributeChange;
import holdfast.mount.fuse.Attributes;
import holdfast.mount.fuse.Call;
import holdfast.mount.fuse.Created;
import holdfast.mount.fuse.Entry;
import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;
import holdfast.mount.fuse.FuseFileSystem;
import holdfast.mount.fuse.FuseMount;
import holdfast.mount.fuse.Listing;
import holdfast.mount.fuse.LockRequest;
import holdfast.mount.fuse.NewTime;
import holdfast.mount.fuse.OpenMode;
import holdfast.mount.fuse.Opened;
import holdfast.mount.fuse.ReadRequest;
import holdfast.mount.fuse.Release;
import holdfast.mount.fuse.RenameMode;
import holdfast.mount.fuse.Space;
import holdfast.mount.fuse.Status;
import holdfast.mount.fuse.WriteRequest;
import holdfast.mount.fuse.XattrMode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/** The cell's names and attributes; contents are in {@link OpenFiles}. */
final class MountedCell implements FuseFileSystem {
    private static final int SPACE_BLOCK = 4_096;

    private final VnodeAccess cell;
    private final Clock clock;
    private final Owners owners = new Owners();
    private final Inodes inodes = new Inodes();
    private final Freshness freshness = new Freshness(inodes);
    private final Statuses statuses = new Statuses(owners, freshness);
    private final Directories directories;
    private final OpenFiles files;

    MountedCell(VnodeAccess cell, CellMount.Settings settings, Clock clock) throws IOException {
        this.cell = cell;
        this.clock = clock;
        this.directories = new Directories(cell);
        this.files = new OpenFiles(cell, inodes, freshness, settings, clock);
        cell.listen(freshness);
        Inode _ = inodes.root(cell.root().stat().file());
    }

    @Override
    public void mounted(FuseMount mount) {
        freshness.mounted(mount);
    }

    @Override
    public void destroy() {
        files.closeAll();
    }

    // ---- looking -------------------------------------------------------------------------------

    @Override
    public Entry lookup(Call call, long parent, Name name) {
        Inode directory = inodes.get(parent);
        long moment = freshness.moment();
        Seen seen = Errors.of(() -> cell.lookup(directory.ref(), name));
        return found(directory, name, seen, moment);
    }

    private Entry found(Inode directory, Name name, Seen seen, long moment) {
        Inode inode = inodes.handOut(seen.stat().file());
        if (inode.contents().isOpenAtOther(seen.stat().dataVersion())) {
            inodes.replace(inode);
            inodes.forget(inode.node(), 1);
            inode = inodes.handOut(seen.stat().file());
        }
        inode.found(directory, name);
        return statuses.entry(inode, seen, moment);
    }

    @Override
    public void forget(long node, long lookups) {
        inodes.forget(node, lookups);
    }

    @Override
    public Status getattr(Call call, long node, OptionalLong handle) {
        return status(inodes.get(node));
    }

    private Status status(Inode inode) {
        boolean own = inode.isRemoved() || inode.contents().isWritten();
        Optional<Stat> here = own ? Statuses.here(inode) : Optional.empty();
        if (here.isPresent()) {
            return statuses.open(inode, here.get());
        }
        long moment = freshness.moment();
        try {
            Seen seen = Errors.of(() -> cell.stat(inode.ref()));
            if (inode.contents().isOpenAtOther(seen.stat().dataVersion())) {
                return Statuses.here(inode)
                        .map(stat -> statuses.open(inode, stat))
                        .orElseGet(() -> statuses.of(inode, seen, moment));
            }
            return statuses.of(inode, seen, moment);
        } catch (FuseException e) {
            return gone(inode, e);
        }
    }

    /** What is gone elsewhere and is open here can still be asked about. */
    private Status gone(Inode inode, FuseException e) {
        Optional<Stat> here = Statuses.here(inode);
        if (e.errno() != Errno.ESTALE || here.isEmpty()) {
            throw e;
        }
        return statuses.open(inode, here.get());
    }

    @Override
    public byte[] readlink(Call call, long node) {
        Inode inode = inodes.get(node);
        Stat stat = Errors.of(() -> cell.stat(inode.ref())).stat();
        return stat.target()
                .orElseThrow(() -> new FuseException(Errno.EINVAL))
                .bytes()
                .toByteArray();
    }

    @Override
    public Opened opendir(Call call, long node, OpenMode mode) {
        return directories.open();
    }

    @Override
    public void readdir(Call call, long node, long handle, long offset, Listing listing)
            throws InterruptedException {
        directories.read(inodes.get(node), handle, offset, listing);
    }

    @Override
    public void releasedir(Call call, Release release) {
        directories.release(release.handle());
    }

    /** Whatever changed a directory has returned is durable. */
    @Override
    public void fsyncdir(Call call, long node, long handle, boolean dataOnly) {}

    @Override
    public Space statfs(Call call, long node) {
        Inode inode = inodes.get(node);
        try {
            Cell.Space space = cell.space(inode.ref());
            long files = space.files() + space.free() / SPACE_BLOCK;
            return new Space(
                    SPACE_BLOCK,
                    space.capacity() / SPACE_BLOCK,
                    space.free() / SPACE_BLOCK,
                    space.free() / SPACE_BLOCK,
                    files,
                    files - space.files(),
                    Name.BYTES_MAX);
        } catch (IOException e) {
            FuseException failure = Errors.exception(e);
            if (failure.errno() != Errno.ENOENT) {
                throw failure;
            }
            return new Space(SPACE_BLOCK, 0, 0, 0, 0, 0, Name.BYTES_MAX); // above all volumes
        }
    }

    // ---- making --------------------------------------------------------------------------------

    @Override
    public Entry mkdir(Call call, long parent, Name name, int mode) {
        Inode directory = inodes.get(parent);
        return made(call, directory, name, () -> cell.mkdir(directory.ref(), name, mode));
    }

    @Override
    public Entry symlink(Call call, long parent, Name name, byte[] target) {
        Inode directory = inodes.get(parent);
        return made(call, directory, name, () -> cell.symlink(directory.ref(), name, target));
    }

    /** Makes something, and gives it to who asked. */
    private Entry made(Call call, Inode directory, Name name, Errors.Work<Seen> making) {
        long moment = freshness.moment();
        Seen seen = inside(directory, making);
        Changes owner = owner(call, seen.stat());
        if (!owner.equals(Changes.NONE)) {
            VnodeAccess.Ref made =
                    new VnodeAccess.Ref(seen.stat().file(), directory.path().child(name));
            seen = Errors.of(() -> cell.change(made, owner));
        }
        return found(directory, name, seen, moment);
    }

    /** A removed directory is as good as absent; ESTALE would have the kernel look it up again. */
    private static <T> T inside(Inode directory, Errors.Work<T> work) {
        if (directory.isRemoved()) {
            throw new FuseException(Errno.ENOENT);
        }
        return Errors.of(work);
    }

    /** Who asked is the owner, and its group the group unless the directory decides that. */
    private Changes owner(Call call, Stat made) {
        Changes changes = Changes.NONE;
        String user = owners.userName(call.user());
        if (!made.owner().equals(user)) {
            changes = changes.withOwner(user).withGroup(owners.groupName(call.group()));
        }
        return changes;
    }

    @Override
    public Entry mknod(Call call, long parent, Name name, int mode, int device)
            throws InterruptedException {
        if ((mode & Attributes.TYPE) != Attributes.REGULAR) {
            throw new FuseException(Errno.EOPNOTSUPP, "special files are not kept");
        }
        Created created = create(call, parent, name, mode, OpenMode.newFile());
        release(call, new Release(created.entry().node(), created.opened().handle(), OpenMode.newFile(), 0, false));
        return created.entry();
    }

    @Override
    public Created create(Call call, long parent, Name name, int permissions, OpenMode mode)
            throws InterruptedException {
        Inode directory = inodes.get(parent);
        long moment = freshness.moment();
        int bits = permissions & ~Attributes.TYPE;
        OpenFile file = inside(
                directory,
                () -> files.create(directory, name, bits, mode.exclusive(), mode.truncates()));
        Inode inode = inodes.handOut(file.stat().file());
        inode.found(directory, name);
        Opened opened = files.created(call, inode, file, mode);
        Changes owner = owner(call, file.stat());
        if (!owner.equals(Changes.NONE)) {
            boolean _ = files.change(inode, owner);
        }
        Seen seen = new Seen(file.stat(), Duration.ZERO, Duration.ZERO);
        return new Created(statuses.entry(inode, seen, moment), opened);
    }

    @Override
    public Entry link(Call call, long node, long newParent, Name newName) {
        Inode inode = inodes.get(node);
        Inode directory = inodes.get(newParent);
        long moment = freshness.moment();
        Seen seen = inside(directory, () -> cell.link(inode.ref(), directory.ref(), newName));
        Entry entry = found(directory, newName, seen, moment);
        freshness.forgetAttributes(inode);
        return entry;
    }

    // ---- removing and moving -------------------------------------------------------------------

    @Override
    public void unlink(Call call, long parent, Name name) {
        Inode directory = inodes.get(parent);
        removed(inside(directory, () -> cell.remove(directory.ref(), name, false)));
    }

    @Override
    public void rmdir(Call call, long parent, Name name) {
        Inode directory = inodes.get(parent);
        Stat gone = inside(directory, () -> cell.remove(directory.ref(), name, true));
        Optional.ofNullable(inodes.of(gone.file())).ifPresent(Inode::removed);
    }

    private void removed(Stat left) {
        Inode inode = inodes.of(left.file());
        if (inode != null && left.links() == 0) {
            inode.removed();
        }
    }

    @Override
    public void rename(
            Call call, long parent, Name name, long newParent, Name newName, RenameMode mode) {
        Inode from = inodes.get(parent);
        Inode to = inodes.get(newParent);
        Renamed done = inside(
                to, () -> cell.rename(from.ref(), name, to.ref(), newName, how(mode)));
        Optional.ofNullable(inodes.of(done.moved().file()))
                .ifPresent(inode -> inode.found(to, newName));
        if (mode == RenameMode.EXCHANGE) {
            done.replaced()
                    .flatMap(other -> Optional.ofNullable(inodes.of(other.file())))
                    .ifPresent(inode -> inode.found(from, name));
        } else {
            done.replaced().ifPresent(this::removed);
        }
    }

    private static Cell.RenameMode how(RenameMode mode) {
        return switch (mode) {
            case REPLACE -> Cell.RenameMode.REPLACE;
            case NO_REPLACE -> Cell.RenameMode.NO_REPLACE;
            case EXCHANGE -> Cell.RenameMode.EXCHANGE;
        };
    }

    // ---- attributes ----------------------------------------------------------------------------

    @Override
    public Status setattr(Call call, long node, AttributeChange change)
            throws InterruptedException {
        Inode inode = inodes.get(node);
        if (change.size().isPresent()) {
            long size = change.size().getAsLong();
            if (change.handle().isPresent()) {
                files.truncate(call, change.handle().getAsLong(), size);
            } else {
                files.truncate(call, inode, size);
            }
        }
        Changes changes = changes(change);
        if (!changes.equals(Changes.NONE) && !files.change(inode, changes)) {
            Errors.ofOwner(() -> cell.change(inode.ref(), changes));
        }
        return status(inode);
    }

    /** The kernel sends the time along with a new size, which has one anyway. */
    private Changes changes(AttributeChange change) {
        boolean timed = change.size().isEmpty();
        Changes changes = new Changes(
                change.mode().isPresent()
                        ? Optional.of(change.mode().getAsInt() & ~Attributes.TYPE)
                        : Optional.empty(),
                change.user().isPresent()
                        ? Optional.of(owners.userName(change.user().getAsInt()))
                        : Optional.empty(),
                change.group().isPresent()
                        ? Optional.of(owners.groupName(change.group().getAsInt()))
                        : Optional.empty(),
                timed ? time(change.modified()) : Optional.empty(),
                timed ? time(change.accessed()) : Optional.empty());
        return changes;
    }

    private Optional<Instant> time(NewTime time) {
        return switch (time) {
            case NewTime.Keep _ -> Optional.empty();
            case NewTime.Now _ -> Optional.of(clock.instant());
            case NewTime.At at -> Optional.of(Statuses.instant(at.nanos()));
        };
    }

    @Override
    public byte[] getxattr(Call call, long node, String name) {
        byte[] value = xattrs(node).get(name);
        if (value == null) {
            throw new FuseException(Errno.ENODATA);
        }
        return value;
    }

    private SortedMap<String, byte[]> xattrs(long node) {
        Inode inode = inodes.get(node);
        return Errors.of(() -> cell.xattrs(inode.ref()));
    }

    @Override
    public List<String> listxattr(Call call, long node) {
        return List.copyOf(xattrs(node).keySet());
    }

    @Override
    public void setxattr(Call call, long node, String name, byte[] value, XattrMode mode) {
        Inode inode = inodes.get(node);
        boolean there = mode != XattrMode.ANY && xattrs(node).containsKey(name);
        if (mode == XattrMode.CREATE && there) {
            throw new FuseException(Errno.EEXIST);
        }
        if (mode == XattrMode.REPLACE && !there) {
            throw new FuseException(Errno.ENODATA);
        }
        Errors.of(() -> {
            cell.setXattr(inode.ref(), name, value);
            return name;
        });
    }

    @Override
    public void removexattr(Call call, long node, String name) {
        Inode inode = inodes.get(node);
        Errors.of(() -> {
            cell.removeXattr(inode.ref(), name);
            return name;
        });
    }

    // ---- contents ------------------------------------------------------------------------------

    @Override
    public Opened open(Call call, long node, OpenMode mode) throws InterruptedException {
        return files.open(call, inodes.get(node), mode);
    }

    @Override
    public ByteBuffer read(Call call, ReadRequest request) throws InterruptedException {
        return files.read(call, request);
    }

    @Override
    public int write(Call call, WriteRequest request) {
        return files.write(call, request);
    }

    @Override
    public void flush(Call call, long node, long handle, long owner) {
        files.flush(call, handle);
    }

    @Override
    public void fsync(Call call, long node, long handle, boolean dataOnly) {
        files.sync(call, inodes.get(node));
    }

    @Override
    public void release(Call call, Release release) {
        files.release(call, release);
    }

    @Override
    public void setlk(Call call, LockRequest request, boolean waits)
            throws InterruptedException {
        files.flock(request, waits);
    }

    @Override
    public void fallocate(
            Call call, long node, long handle, int mode, long offset, long length) {
        files.allocate(call, handle, mode, offset, length);
    }
}
