package holdfast.mount.cell;

import holdfast.client.files.Cell.Changes;
import holdfast.client.files.MadeFor;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.client.files.Stat;
import holdfast.client.files.VnodeAccess;
import holdfast.client.files.VnodeAccess.Seen;
import holdfast.model.path.Name;
import holdfast.model.volume.ModeBits;
import holdfast.mount.fuse.Call;
import holdfast.mount.fuse.CopyRange;
import holdfast.mount.fuse.Errno;
import holdfast.mount.fuse.FileLock;
import holdfast.mount.fuse.FuseException;
import holdfast.mount.fuse.LockRequest;
import holdfast.mount.fuse.OpenFlag;
import holdfast.mount.fuse.OpenMode;
import holdfast.mount.fuse.Opened;
import holdfast.mount.fuse.ReadRequest;
import holdfast.mount.fuse.Release;
import holdfast.mount.fuse.WriteRequest;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Open files. {@code close} stores when the process closes that opened the file, so that it learns
 * of a failure; what other processes leave is stored when the last of them closes, and the log
 * tells of a failure.
 */
final class OpenFiles {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

    /** A lock is waited for until the program is told to stop. */
    private static final Duration FOREVER = Duration.ofDays(365);

    /** See fallocate(2). */
    private static final int KEEP_SIZE = 1;

    private static final long COPY_STEP_BYTES = 64L << 20;
    private static final int ROOT = 0;
    private static final int PUNCH_HOLE = 2;
    private static final int ZERO_RANGE = 16;

    private final VnodeAccess cell;
    private final Inodes inodes;
    private final Freshness freshness;
    private final Owners owners;
    private final CellMount.Settings settings;
    private final Clock clock;
    private final Handles<Handle> handles = new Handles<>();
    private final Optional<RegularStores> stores;

    /** One open file. */
    private record Handle(Inode inode, OpenMode mode, int process) {}

    /** A file without a name, and how it will be made. */
    record Unnamed(OpenFile file, OpenRequest how) {}

    OpenFiles(
            VnodeAccess cell,
            Inodes inodes,
            Freshness freshness,
            Owners owners,
            CellMount.Settings settings,
            Clock clock) {
        this.cell = cell;
        this.inodes = inodes;
        this.freshness = freshness;
        this.owners = owners;
        this.settings = settings;
        this.clock = clock;
        this.stores = settings.storeEvery()
                .map(every -> RegularStores.start(every, this::written, this::store));
    }

    private Set<Inode> written() {
        Set<Inode> written = new LinkedHashSet<>();
        handles.all().stream()
                .filter(handle -> handle.mode().writes())
                .forEach(handle -> written.add(handle.inode()));
        return written;
    }

    // ---- opening -------------------------------------------------------------------------------

    Opened open(Call call, Inode inode, OpenMode mode) throws InterruptedException {
        if (inodes.of(inode.file()) != inode) {
            throw new FuseException(Errno.ESTALE, "open here at an older version");
        }
        if (mode.truncates() && !mode.writes()) {
            truncate(inode, 0);
        }
        boolean keep = mode.writes() ? openToWrite(inode, mode.truncates()) : openToRead(inode);
        if (!keep) {
            freshness.forgetAttributes(inode); // they may be of another version
        }
        if (mode.truncates() && mode.writes()) {
            dropPrivileges(call, inode);
        }
        return opened(call, inode, mode, keep);
    }

    /** The kernel does so for each write, but not for an open that truncates. */
    private void dropPrivileges(Call call, Inode inode) {
        Errors.of(() -> {
            Optional<Stat> stat =
                    call.user() == ROOT ? Optional.empty() : inode.contents().stat();
            int mode = stat.map(Stat::mode).orElse(0);
            boolean member = stat.isPresent() && owners.group(stat.get().group()) == call.group();
            int without = ModeBits.withoutPrivileges(mode, member);
            return without == mode
                    || inode.contents().change(Changes.NONE.withMode(without), clock);
        });
    }

    private boolean openToRead(Inode inode) {
        inode.name().ifPresent(name -> cell.willRead(inode.parent().ref(), name));
        try {
            return inode.contents().openToRead(() -> reading(inode));
        } catch (IOException | FuseException e) {
            throw notOpened(inode, e);
        }
    }

    /** With ESTALE, the kernel looks the name up again, which then leads to another inode. */
    private FuseException notOpened(Inode inode, Exception e) {
        FuseException failure =
                e instanceof IOException io ? Errors.exception(io) : (FuseException) e;
        if (failure.errno() == Errno.ESTALE) {
            inodes.replace(inode);
        }
        return failure;
    }

    private OpenFile reading(Inode inode) throws IOException {
        return cell.open(inode.ref(), OpenRequest.read());
    }

    private boolean openToWrite(Inode inode, boolean truncates) throws InterruptedException {
        OpenRequest how = truncates ? request().truncating() : request();
        try {
            return inode.contents().openToWrite(held -> open(inode, how, held), truncates, clock);
        } catch (IOException | FuseException e) {
            lockAgain(inode);
            throw notOpened(inode, e);
        }
    }

    private void lockAgain(Inode inode) throws InterruptedException {
        try {
            inode.contents().takeAgain(alone -> cell.lock(inode.ref(), alone, Duration.ZERO));
        } catch (IOException | FuseException e) {
            LOG.warn("{}: flock holds on this machine only: {}", inode, e.getMessage());
        }
    }

    private OpenFile open(Inode inode, OpenRequest how, VnodeAccess.@Nullable Lock held)
            throws IOException {
        if (settings.lockWait().isEmpty()) {
            return cell.openUnlocked(inode.ref(), how);
        }
        return held == null ? cell.open(inode.ref(), how) : cell.open(inode.ref(), how, held);
    }

    private OpenRequest request() {
        return OpenRequest.write().waitingAtMost(lockWait());
    }

    private Duration lockWait() {
        return settings.lockWait().orElse(Duration.ZERO);
    }

    private Opened opened(Call call, Inode inode, OpenMode mode, boolean keep) {
        long handle = handles.add(new Handle(inode, mode, call.process()));
        Set<OpenFlag> flags = EnumSet.noneOf(OpenFlag.class);
        if (keep) {
            flags.add(OpenFlag.KEEP_CACHE);
        }
        if (!mode.writes()) {
            flags.add(OpenFlag.NO_FLUSH);
        }
        if (mode.appends()) {
            flags.add(OpenFlag.DIRECT_IO); // the kernel may not know yet where the end is
        }
        return new Opened(handle, flags, Optional.empty());
    }

    /** Makes a file, or opens the one that is there, for writing. */
    OpenFile create(Inode directory, Name name, int permissions, OpenMode mode, MadeFor whom)
            throws IOException {
        OpenRequest how = OpenRequest.create()
                .waitingAtMost(lockWait())
                .withMode(permissions)
                .forWhom(whom);
        how = mode.exclusive() ? how.onlyNew() : mode.truncates() ? how.truncating() : how;
        return cell.create(directory.ref(), name, how);
    }

    /** Makes a file without a name. */
    Unnamed createUnnamed(Inode directory, int permissions, MadeFor whom) throws IOException {
        OpenRequest how = OpenRequest.create().withMode(permissions).forWhom(whom);
        return new Unnamed(cell.createUnnamed(directory.ref(), how), how);
    }

    /** Gives a file without a name one. */
    Seen name(Inode inode, Inode directory, Name name) {
        OpenRequest how = inode.unnamed()
                .orElseThrow(() -> new FuseException(Errno.ENOENT, "it has been removed"));
        return Errors.of(
                () -> inode.contents().name(file -> cell.name(file, directory.ref(), name, how)));
    }

    /** Takes a file that {@link #create} opened. */
    Opened created(Call call, Inode inode, OpenFile file, OpenMode mode)
            throws InterruptedException {
        boolean taken = false;
        try {
            boolean keep = inode.contents().openToWrite(held -> file, false, clock);
            taken = true;
            return opened(call, inode, mode, keep);
        } catch (IOException e) {
            throw Errors.exception(e);
        } finally {
            if (!taken) {
                file.discard();
            }
        }
    }

    // ---- using ---------------------------------------------------------------------------------

    ByteBuffer read(ReadRequest request) throws InterruptedException {
        Contents contents = handles.get(request.handle()).inode().contents();
        ByteBuffer into = request.buffer();
        return Errors.of(() -> {
            contents.await(request.offset(), request.size());
            contents.read(into, request.offset());
            return into.flip();
        });
    }

    int write(WriteRequest request) {
        Handle handle = handles.get(request.handle());
        int bytes = request.data().remaining();
        return Errors.of(() -> {
            write(handle, request);
            if (handle.mode().syncs()) {
                store(handle.inode());
            }
            return bytes;
        });
    }

    private void write(Handle handle, WriteRequest request) throws IOException {
        Contents contents = handle.inode().contents();
        if (!handle.mode().appends() || request.fromCache()) {
            contents.write(request.data(), request.offset(), clock);
            return;
        }
        int bytes = request.data().remaining();
        long at = contents.append(request.data(), clock);
        if (at != request.offset()) {
            freshness.forgetBytes(handle.inode(), at, bytes);
        }
    }

    /** Makes an open file so long. */
    void truncate(long handle, long size) {
        Contents contents = handles.get(handle).inode().contents();
        Errors.of(() -> {
            contents.truncate(size, clock);
            return contents;
        });
    }

    /** Opens the file, makes it so long, and stores it. */
    void truncate(Inode inode, long size) throws InterruptedException {
        boolean _ = openToWrite(inode, size == 0);
        try {
            Errors.of(() -> {
                inode.contents().truncate(size, clock);
                store(inode);
                return inode;
            });
        } finally {
            close(inode);
        }
    }

    void allocate(long handle, int mode, long offset, long length) {
        Contents contents = handles.get(handle).inode().contents();
        Errors.of(() -> {
            switch (mode) {
                case 0 -> contents.extend(offset + length, clock);
                case KEEP_SIZE -> contents.touch(clock);
                case KEEP_SIZE | PUNCH_HOLE, KEEP_SIZE | ZERO_RANGE ->
                    contents.zero(offset, length, clock);
                case ZERO_RANGE -> {
                    contents.extend(offset + length, clock);
                    contents.zero(offset, length, clock);
                }
                default -> throw new FuseException(Errno.EOPNOTSUPP);
            }
            return contents;
        });
    }

    long seek(long handle, long offset, boolean hole) {
        Contents contents = handles.get(handle).inode().contents();
        return Errors.of(() -> contents.seek(offset, hole));
    }

    /**
     * Copies on this machine; what the source lacks here is fetched first. In steps, so that it can
     * be interrupted: programs go on where it ended.
     */
    long copy(CopyRange range) {
        Inode from = handles.get(range.fromHandle()).inode();
        Inode to = handles.get(range.toHandle()).inode();
        Contents.Copy step = new Contents.Copy(
                range.fromOffset(), range.toOffset(), Math.min(range.length(), COPY_STEP_BYTES));
        boolean fromFirst = from.node() < to.node();
        return Errors.of(() -> {
            from.contents().await(step.from(), step.length());
            return Contents.copy(from.contents(), to.contents(), step, fromFirst, clock);
        });
    }

    /** Attributes to ride with the next store; false when nobody writes to the file here. */
    boolean change(Inode inode, Changes changes) {
        return Errors.of(() -> inode.contents().change(changes, clock));
    }

    // ---- flock(2) ------------------------------------------------------------------------------

    void flock(Call call, LockRequest request, boolean waits) throws InterruptedException {
        call.hearAllSignals();
        Inode inode = inodes.get(request.node());
        Contents contents = inode.contents();
        Duration patience = waits ? FOREVER : Duration.ZERO;
        try {
            switch (request.lock().kind()) {
                case UNLOCK -> contents.unflock(request.owner());
                case SHARED, EXCLUSIVE -> {
                    boolean alone = request.lock().kind() == FileLock.Kind.EXCLUSIVE;
                    contents.flock(
                            request.owner(),
                            alone,
                            waits,
                            exclusive -> cell.lock(inode.ref(), exclusive, patience));
                }
            }
        } catch (IOException e) {
            throw Errors.exception(e);
        }
    }

    // ---- storing -------------------------------------------------------------------------------

    void flush(Call call, long handle) {
        Handle open = handles.get(handle);
        if (open.mode().writes()
                && Processes.mayBeSame(open.process(), call.process())
                && !isYetToBeWritten(call, open.inode())) {
            sync(open.inode());
        }
    }

    /**
     * A shell that empties a file to write a program's output to it makes a copy of the descriptor
     * and closes the first. An empty version stored for that would be one too many, and all that is
     * left when there is no room for the output.
     */
    private static boolean isYetToBeWritten(Call call, Inode inode) {
        return Errors.of(() -> inode.contents().isEmptied())
                && Processes.writes(call.process(), inode.file().value());
    }

    /** What was written to the inode here is stored when this returns. */
    void sync(Inode inode) {
        Errors.of(() -> {
            store(inode);
            return inode;
        });
    }

    private void store(Inode inode) throws IOException {
        if (!inode.isRemoved() && inode.contents().store()) {
            freshness.forgetAttributes(inode);
        }
    }

    void release(Release release) {
        Handle handle = handles.remove(release.handle());
        if (release.unlocksFlock()) {
            handle.inode().contents().unflock(release.owner());
        }
        if (handle.mode().writes()) {
            close(handle.inode());
        } else {
            handle.inode().contents().closeReader();
        }
    }

    private void closeWriter(Inode inode) throws IOException {
        inode.contents().closeWriter(inode.isRemoved(), () -> reading(inode), cell::lockOf);
    }

    private void close(Inode inode) {
        try {
            closeWriter(inode);
        } catch (IOException e) {
            LOG.error("{} could not be stored: {}", inode, e.getMessage());
        }
        freshness.forgetAttributes(inode);
    }

    /** Stores what is open; the kernel will not say any more that it was closed. */
    void closeAll() {
        stores.ifPresent(RegularStores::close);
        for (Handle handle : handles.all()) {
            try {
                if (handle.mode().writes()) {
                    Inode inode = handle.inode();
                    closeWriter(inode);
                }
            } catch (IOException e) {
                LOG.error("{} could not be stored: {}", handle.inode(), e.getMessage());
            }
        }
    }
}
