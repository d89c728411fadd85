package holdfast.mount.cell;

import holdfast.client.files.Cell;
import holdfast.client.files.MadeFor;
import holdfast.client.files.OpenFile;
import holdfast.client.files.Stat;
import holdfast.client.files.VnodeAccess;
import holdfast.client.files.VnodeAccess.Renamed;
import holdfast.client.files.VnodeAccess.Seen;
import holdfast.model.path.Name;
import holdfast.model.volume.Access;
import holdfast.mount.fuse.AttributeChange;
import holdfast.mount.fuse.Attributes;
import holdfast.mount.fuse.Call;
import holdfast.mount.fuse.CopyRange;
import holdfast.mount.fuse.Created;
import holdfast.mount.fuse.Entry;
import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FuseException;
import holdfast.mount.fuse.FuseFileSystem;
import holdfast.mount.fuse.FuseMount;
import holdfast.mount.fuse.Listing;
import holdfast.mount.fuse.LockRequest;
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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The cell's names and attributes; contents are in {@link OpenFiles}. */
final class MountedCell implements FuseFileSystem {
    private static final int SPACE_BLOCK = 4_096;
    private static final int ROOT = 0;

    /** Entries of a directory that are taken at a time. */
    private static final int LISTED_MAX = 20_000;

    private final VnodeAccess cell;
    private final Owners owners = new Owners();
    private final Inodes inodes = new Inodes();
    private final Freshness freshness = new Freshness(inodes);
    private final Statuses statuses = new Statuses(owners, freshness);
    private final Directories directories;
    private final OpenFiles files;
    private final Attributing attributes;

    MountedCell(VnodeAccess cell, CellMount.Settings settings, Clock clock) throws IOException {
        this.cell = cell;
        this.directories = new Directories(cell, LISTED_MAX);
        this.files = new OpenFiles(cell, inodes, freshness, owners, settings, clock);
        this.attributes = new Attributing(cell, files, owners, freshness, clock);
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
        Seen seen = inside(directory, () -> cell.lookup(directory.ref(), name));
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
        Optional<Stat> here = inode.isRemoved() ? Statuses.here(inode) : Optional.empty();
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

    /**
     * What is gone and is open here can still be asked about, and who stands in it stands there.
     */
    private Status gone(Inode inode, FuseException e) {
        Optional<Stat> here = Statuses.here(inode).or(inode::lastSeen);
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
        MadeFor whom = whom(call);
        return made(directory, name, () -> cell.mkdir(directory.ref(), name, mode, whom));
    }

    @Override
    public Entry symlink(Call call, long parent, Name name, byte[] target) {
        Inode directory = inodes.get(parent);
        MadeFor whom = whom(call);
        return made(directory, name, () -> cell.symlink(directory.ref(), name, target, whom));
    }

    private Entry made(Inode directory, Name name, Errors.Work<Seen> making) {
        long moment = freshness.moment();
        Seen seen = inside(directory, making);
        return found(directory, name, seen, moment);
    }

    /** A removed directory is as good as absent; ESTALE would have the kernel look it up again. */
    private static <T> T inside(Inode directory, Errors.Work<T> work) {
        if (directory.isRemoved()) {
            throw new FuseException(Errno.ENOENT);
        }
        return Errors.of(work);
    }

    /**
     * Who asked is the owner, and its group the group unless the directory decides that. Of which
     * groups the mount's own user is, the servers know better than this machine.
     */
    private MadeFor whom(Call call) {
        String user = owners.userName(call.user());
        return user.equals(cell.user()) && !user.equals(Access.ADMINISTRATOR)
                ? new MadeFor(Optional.empty(), Optional.empty(), call.umask())
                : new MadeFor(
                        Optional.of(user),
                        Optional.of(owners.groupName(call.group())),
                        call.umask());
    }

    @Override
    public Entry mknod(Call call, long parent, Name name, int mode, int device)
            throws InterruptedException {
        Optional<Stat.Type> special = Statuses.special(mode);
        if (special.isPresent()) {
            Inode directory = inodes.get(parent);
            int bits = mode & ~Attributes.TYPE;
            MadeFor whom = whom(call);
            return made(
                    directory,
                    name,
                    () -> cell.mknod(directory.ref(), name, special.get(), bits, device, whom));
        }
        if ((mode & Attributes.TYPE) != Attributes.REGULAR) {
            throw new FuseException(Errno.EINVAL, "mknod makes no such type");
        }
        Created created = create(call, parent, name, mode, OpenMode.newFile());
        release(
                call,
                new Release(
                        created.entry().node(),
                        created.opened().handle(),
                        OpenMode.newFile(),
                        0,
                        false));
        return created.entry();
    }

    @Override
    public Created create(Call call, long parent, Name name, int permissions, OpenMode mode)
            throws InterruptedException {
        Inode directory = inodes.get(parent);
        long moment = freshness.moment();
        int bits = permissions & ~Attributes.TYPE;
        MadeFor whom = whom(call);
        OpenFile file = inside(directory, () -> files.create(directory, name, bits, mode, whom));
        Inode inode = inodes.handOut(file.stat().file());
        inode.found(directory, name);
        Opened opened = files.created(call, inode, file, mode);
        Seen seen = new Seen(file.stat(), Duration.ZERO, Duration.ZERO);
        return new Created(statuses.entry(inode, seen, moment), opened);
    }

    @Override
    public Created tmpfile(Call call, long parent, int permissions, OpenMode mode)
            throws InterruptedException {
        Inode directory = inodes.get(parent);
        long moment = freshness.moment();
        MadeFor whom = whom(call);
        int bits = permissions & ~Attributes.TYPE;
        OpenFiles.Unnamed made =
                inside(directory, () -> files.createUnnamed(directory, bits, whom));
        Stat stat = made.file().stat();
        Inode inode = inodes.handOut(stat.file());
        inode.unnamed(directory, stat, made.how());
        Opened opened = files.created(call, inode, made.file(), mode);
        Seen seen = new Seen(stat, Duration.ZERO, Duration.ZERO);
        return new Created(statuses.entry(inode, seen, moment), opened);
    }

    @Override
    public Entry link(Call call, long node, long newParent, Name newName) {
        Inode inode = inodes.get(node);
        Inode directory = inodes.get(newParent);
        long moment = freshness.moment();
        if (directory.isRemoved()) {
            throw new FuseException(Errno.ENOENT);
        }
        if (inode.unnamed().isPresent()) {
            Seen first = files.name(inode, directory, newName);
            inode.named();
            return found(directory, newName, first, moment);
        }
        Seen seen = Errors.ofBounded(
                Errno.EMLINK, () -> cell.link(inode.ref(), directory.ref(), newName));
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
        removed(inside(directory, () -> cell.remove(directory.ref(), name, true)));
    }

    private void removed(Stat left) {
        Inode inode = inodes.of(left.file());
        if (inode == null) {
            return;
        }
        if (left.links() == 0) {
            inode.removed(left);
        }
        freshness.forgetAttributes(inode); // it has one name less
    }

    @Override
    public void rename(
            Call call, long parent, Name name, long newParent, Name newName, RenameMode mode) {
        Inode from = inodes.get(parent);
        Inode to = inodes.get(newParent);
        if (from.isRemoved()) {
            throw new FuseException(Errno.ENOENT);
        }
        Renamed done =
                inside(to, () -> cell.rename(from.ref(), name, to.ref(), newName, how(mode)));
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
                files.truncate(change.handle().getAsLong(), size);
            } else {
                files.truncate(inode, size);
            }
        }
        attributes.change(inode, change);
        return status(inode);
    }

    @Override
    public byte[] getxattr(Call call, long node, String name) {
        Inode inode = inodes.get(node);
        return attributes.extended(inode, name, () -> status(inode));
    }

    @Override
    public List<String> listxattr(Call call, long node) {
        return attributes.extended(inodes.get(node), call.user() == ROOT);
    }

    @Override
    public void setxattr(Call call, long node, String name, byte[] value, XattrMode mode) {
        attributes.setExtended(inodes.get(node), name, value, mode);
    }

    @Override
    public void removexattr(Call call, long node, String name) {
        attributes.removeExtended(inodes.get(node), name);
    }

    // ---- contents ------------------------------------------------------------------------------

    @Override
    public Opened open(Call call, long node, OpenMode mode) throws InterruptedException {
        return files.open(call, inodes.get(node), mode);
    }

    @Override
    public ByteBuffer read(Call call, ReadRequest request) throws InterruptedException {
        return files.read(request);
    }

    @Override
    public int write(Call call, WriteRequest request) {
        return files.write(request);
    }

    @Override
    public void flush(Call call, long node, long handle, long owner) {
        files.flush(call, handle);
    }

    @Override
    public void fsync(Call call, long node, long handle, boolean dataOnly) {
        files.sync(inodes.get(node));
    }

    @Override
    public void release(Call call, Release release) {
        files.release(release);
    }

    @Override
    public void setlk(Call call, LockRequest request, boolean waits) throws InterruptedException {
        files.flock(call, request, waits);
    }

    @Override
    public void fallocate(Call call, long node, long handle, int mode, long offset, long length) {
        files.allocate(handle, mode, offset, length);
    }

    @Override
    public long lseek(Call call, long node, long handle, long offset, boolean hole) {
        return files.seek(handle, offset, hole);
    }

    @Override
    public long copyFileRange(Call call, CopyRange range) throws InterruptedException {
        return files.copy(range);
    }
}
