package holdfast.mount.fuse;

import holdfast.model.path.Name;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Takes each operation's request apart, has the file system do it, and puts its answer together.
 */
final class Operations {
    private static final int GETATTR_HANDLE = 1;
    private static final int FSYNC_DATA_ONLY = 1;
    private static final int WRITE_FROM_CACHE = 1;
    private static final int LOCK_FLOCK = 1;
    private static final int RELEASE_FLOCK_UNLOCK = 1 << 1;

    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private final FuseFileSystem files;
    private final Memory memory;

    Operations(FuseFileSystem files, Memory memory) {
        this.files = files;
        this.memory = memory;
    }

    /** FORGET and BATCH_FORGET, which have no answer. */
    void forget(Request request) {
        if (request.operation() == Opcode.FORGET) {
            files.forget(request.node(), request.nextLong());
            return;
        }
        int count = request.nextLength();
        request.skip(4);
        for (int i = 0; i < count; i++) {
            files.forget(request.nextLong(), request.nextLong());
        }
    }

    void answer(Request request, Call call, Frame frame, Reply reply) throws InterruptedException {
        long node = request.node();
        switch (request.operation()) {
            case Opcode.LOOKUP -> reply.entry(files.lookup(call, node, request.nextName()));
            case Opcode.GETATTR -> reply.status(files.getattr(call, node, handleIfAny(request)));
            case Opcode.STATX -> statx(request, call, reply);
            case Opcode.SETATTR -> reply.status(files.setattr(call, node, change(request)));
            case Opcode.ACCESS -> files.access(call, node, request.nextInt());
            case Opcode.STATFS -> reply.space(files.statfs(call, node));
            case Opcode.READLINK -> reply.bytes(files.readlink(call, node));
            case Opcode.SYMLINK, Opcode.MKNOD, Opcode.MKDIR, Opcode.LINK ->
                make(request, call, reply);
            case Opcode.UNLINK -> files.unlink(call, node, request.nextName());
            case Opcode.RMDIR -> files.rmdir(call, node, request.nextName());
            case Opcode.RENAME, Opcode.RENAME2 -> rename(request, call);
            case Opcode.OPEN, Opcode.OPENDIR, Opcode.CREATE, Opcode.TMPFILE ->
                open(request, call, reply);
            case Opcode.READ -> read(request, call, frame, reply);
            case Opcode.WRITE -> write(request, call, reply);
            case Opcode.READDIR, Opcode.READDIRPLUS -> list(request, call, reply);
            case Opcode.FLUSH, Opcode.RELEASE, Opcode.RELEASEDIR -> close(request, call);
            case Opcode.FSYNC -> files.fsync(call, node, request.nextLong(), dataOnly(request));
            case Opcode.FSYNCDIR ->
                files.fsyncdir(call, node, request.nextLong(), dataOnly(request));
            case Opcode.SETXATTR, Opcode.GETXATTR, Opcode.LISTXATTR, Opcode.REMOVEXATTR ->
                xattr(request, call, reply);
            case Opcode.GETLK, Opcode.SETLK, Opcode.SETLKW -> lock(request, call, reply);
            case Opcode.FALLOCATE, Opcode.LSEEK, Opcode.COPY_FILE_RANGE, Opcode.COPY_RANGE_64 ->
                range(request, call, reply);
            case Opcode.DESTROY -> {} // the session's end says it
            // What a file that knows no ioctl says; ENOSYS would reach programs.
            case Opcode.IOCTL -> throw new FuseException(Errno.ENOTTY);
            default -> throw new FuseException(Errno.ENOSYS);
        }
    }

    private static OptionalLong handleIfAny(Request request) {
        int flags = request.nextInt();
        long handle = request.skip(4).nextLong();
        return (flags & GETATTR_HANDLE) != 0 ? OptionalLong.of(handle) : OptionalLong.empty();
    }

    // Only asked for the time of birth; refused once, it never comes again.
    private void statx(Request request, Call call, Reply reply) throws InterruptedException {
        Status status = files.getattr(call, request.node(), handleIfAny(request));
        if (status.attributes().bornNanos().isEmpty()) {
            throw new FuseException(Errno.ENOSYS);
        }
        reply.statx(status);
    }

    /** {@code struct fuse_setattr_in}. */
    private static AttributeChange change(Request request) {
        int valid = request.nextInt();
        long handle = request.skip(4).nextLong();
        long size = request.nextLong();
        long accessed = request.skip(8).nextLong();
        long modified = request.nextLong();
        int accessedNanos = request.skip(8).nextInt();
        int modifiedNanos = request.nextInt();
        int mode = request.skip(4).nextInt();
        int user = request.skip(4).nextInt();
        int group = request.nextInt();
        if ((valid & Changed.SIZE) != 0 && size < 0) {
            throw new FuseException(Errno.EINVAL, "a size of " + size);
        }
        return new AttributeChange(
                (valid & Changed.MODE) != 0
                        ? OptionalInt.of(mode & ~Attributes.TYPE)
                        : OptionalInt.empty(),
                (valid & Changed.USER) != 0 ? OptionalInt.of(user) : OptionalInt.empty(),
                (valid & Changed.GROUP) != 0 ? OptionalInt.of(group) : OptionalInt.empty(),
                (valid & Changed.SIZE) != 0 ? OptionalLong.of(size) : OptionalLong.empty(),
                time(valid, Changed.ACCESSED, Changed.ACCESSED_NOW, accessed, accessedNanos),
                time(valid, Changed.MODIFIED, Changed.MODIFIED_NOW, modified, modifiedNanos),
                (valid & Changed.HANDLE) != 0 ? OptionalLong.of(handle) : OptionalLong.empty());
    }

    private static NewTime time(int valid, int given, int now, long seconds, int nanos) {
        if ((valid & given) == 0) {
            return new NewTime.Keep();
        }
        return (valid & now) != 0
                ? new NewTime.Now()
                : new NewTime.At(Structs.time(seconds, nanos));
    }

    /** {@code FATTR_} in the protocol. */
    private static final class Changed {
        static final int MODE = 1;
        static final int USER = 1 << 1;
        static final int GROUP = 1 << 2;
        static final int SIZE = 1 << 3;
        static final int ACCESSED = 1 << 4;
        static final int MODIFIED = 1 << 5;
        static final int HANDLE = 1 << 6;
        static final int ACCESSED_NOW = 1 << 7;
        static final int MODIFIED_NOW = 1 << 8;

        private Changed() {}
    }

    private void make(Request request, Call call, Reply reply) throws InterruptedException {
        long node = request.node();
        reply.entry(
                switch (request.operation()) {
                    case Opcode.SYMLINK ->
                        files.symlink(call, node, request.nextName(), request.nextString());
                    case Opcode.MKDIR -> {
                        int mode = request.nextInt();
                        call.umask(request.nextInt());
                        yield files.mkdir(call, node, request.nextName(), mode);
                    }
                    case Opcode.LINK -> {
                        long target = request.nextLong();
                        yield files.link(call, target, node, request.nextName());
                    }
                    default -> {
                        int mode = request.nextInt();
                        int device = request.nextInt();
                        call.umask(request.nextInt());
                        Name name = request.skip(4).nextName();
                        yield files.mknod(call, node, name, mode, device);
                    }
                });
    }

    private void rename(Request request, Call call) throws InterruptedException {
        long newParent = request.nextLong();
        RenameMode mode = RenameMode.REPLACE;
        if (request.operation() == Opcode.RENAME2) {
            mode = switch (request.nextInt()) {
                case 0 -> RenameMode.REPLACE;
                case 1 -> RenameMode.NO_REPLACE;
                case 2 -> RenameMode.EXCHANGE;
                default -> throw new FuseException(Errno.EINVAL);
            };
            request.skip(4);
        }
        Name name = request.nextName();
        files.rename(call, request.node(), name, newParent, request.nextName(), mode);
    }

    private void open(Request request, Call call, Reply reply) throws InterruptedException {
        long node = request.node();
        OpenMode mode = new OpenMode(request.nextInt());
        switch (request.operation()) {
            case Opcode.OPEN -> reply.opened(files.open(call, node, mode));
            case Opcode.OPENDIR -> reply.opened(files.opendir(call, node, mode));
            default -> {
                int permissions = request.nextInt() & ~Attributes.TYPE;
                call.umask(request.nextInt());
                request.skip(4);
                reply.created(
                        request.operation() == Opcode.CREATE
                                ? files.create(call, node, request.nextName(), permissions, mode)
                                : files.tmpfile(call, node, permissions, mode));
            }
        }
    }

    private void read(Request request, Call call, Frame frame, Reply reply)
            throws InterruptedException {
        long handle = request.nextLong();
        long offset = request.nextOffset();
        int size = transfer(request);
        ReadRequest read = new ReadRequest(request.node(), handle, offset, size, frame, memory);
        reply.after(read::done);
        ByteBuffer data = files.read(call, read);
        if (data.remaining() > size) {
            throw new IllegalStateException(
                    data.remaining() + " bytes were read where " + size + " were asked for");
        }
        reply.data(data);
    }

    private void write(Request request, Call call, Reply reply) throws InterruptedException {
        long handle = request.nextLong();
        long offset = request.nextOffset();
        int size = transfer(request);
        boolean fromCache = (request.nextInt() & WRITE_FROM_CACHE) != 0;
        ByteBuffer data = request.skip(16).nextView(size);
        WriteRequest write = new WriteRequest(request.node(), handle, offset, data, fromCache);
        reply.size(files.write(call, write));
    }

    private static int transfer(Request request) {
        int size = request.nextLength();
        if (size > Memory.TRANSFER_BYTES_MAX) {
            throw new FuseException(Errno.EIO, "a transfer of " + size + " bytes");
        }
        return size;
    }

    private void list(Request request, Call call, Reply reply) throws InterruptedException {
        long handle = request.nextLong();
        long offset = request.nextLong();
        MemorySegment room = reply.room(Math.min(request.nextLength(), Memory.TRANSFER_BYTES_MAX));
        boolean plus = request.operation() == Opcode.READDIRPLUS;
        Listing listing = new Listing(room, plus);
        if (plus) {
            files.readdirplus(call, request.node(), handle, offset, listing);
        } else {
            files.readdir(call, request.node(), handle, offset, listing);
        }
        reply.filled(listing.bytes());
    }

    private void close(Request request, Call call) throws InterruptedException {
        long handle = request.nextLong();
        if (request.operation() == Opcode.FLUSH) {
            files.flush(call, request.node(), handle, request.skip(8).nextLong());
            return;
        }
        OpenMode mode = new OpenMode(request.nextInt());
        boolean unlocks = (request.nextInt() & RELEASE_FLOCK_UNLOCK) != 0;
        long owner = request.nextLong();
        Release release = new Release(request.node(), handle, mode, owner, unlocks);
        if (request.operation() == Opcode.RELEASE) {
            files.release(call, release);
        } else {
            files.releasedir(call, release);
        }
    }

    private static boolean dataOnly(Request request) {
        return (request.nextInt() & FSYNC_DATA_ONLY) != 0;
    }

    private void xattr(Request request, Call call, Reply reply) throws InterruptedException {
        long node = request.node();
        switch (request.operation()) {
            case Opcode.REMOVEXATTR -> files.removexattr(call, node, request.nextText());
            case Opcode.SETXATTR -> {
                int size = request.nextLength();
                XattrMode mode = switch (request.nextInt()) {
                    case 0 -> XattrMode.ANY;
                    case 1 -> XattrMode.CREATE;
                    case 2 -> XattrMode.REPLACE;
                    default -> throw new FuseException(Errno.EINVAL);
                };
                String name = request.nextText();
                files.setxattr(call, node, name, request.nextBytes(size), mode);
            }
            case Opcode.GETXATTR -> {
                int size = request.nextLength();
                String name = request.skip(4).nextText();
                sized(files.getxattr(call, node, name), size, reply);
            }
            default -> {
                int size = request.nextLength();
                ByteArrayOutputStream names = new ByteArrayOutputStream();
                for (String name : files.listxattr(call, node)) {
                    names.writeBytes(name.getBytes(StandardCharsets.UTF_8));
                    names.write(0);
                }
                sized(names.toByteArray(), size, reply);
            }
        }
    }

    // Asked with no room, the answer is how much is needed.
    private static void sized(byte[] value, int room, Reply reply) throws InterruptedException {
        if (room == 0) {
            reply.size(value.length);
        } else if (value.length > room) {
            throw new FuseException(Errno.ERANGE);
        } else {
            reply.bytes(value);
        }
    }

    /** {@code struct fuse_lk_in}. */
    private void lock(Request request, Call call, Reply reply) throws InterruptedException {
        long handle = request.nextLong();
        long owner = request.nextLong();
        long start = request.nextOffset();
        long end = request.nextOffset();
        FileLock.Kind kind = FileLock.Kind.of(request.nextInt());
        FileLock lock = new FileLock(start, end, kind, request.nextInt());
        boolean flock = (request.nextInt() & LOCK_FLOCK) != 0;
        LockRequest wanted = new LockRequest(request.node(), handle, owner, lock, flock);
        if (request.operation() == Opcode.GETLK) {
            FileLock free = new FileLock(start, end, FileLock.Kind.UNLOCK, 0);
            reply.lock(files.getlk(call, wanted).orElse(free));
        } else {
            files.setlk(call, wanted, request.operation() == Opcode.SETLKW);
        }
    }

    private void range(Request request, Call call, Reply reply) throws InterruptedException {
        long node = request.node();
        long handle = request.nextLong();
        switch (request.operation()) {
            case Opcode.FALLOCATE -> {
                long offset = request.nextOffset();
                long length = request.nextOffset();
                files.fallocate(call, node, handle, request.nextInt(), offset, length);
            }
            case Opcode.LSEEK -> {
                long offset = request.nextLong(); // negative: nothing is there
                int whence = request.nextInt();
                if (whence != SEEK_DATA && whence != SEEK_HOLE) {
                    throw new FuseException(Errno.EINVAL, "lseek to " + whence);
                }
                reply.number(files.lseek(call, node, handle, offset, whence == SEEK_HOLE));
            }
            default -> copy(request, call, handle, request.nextOffset(), reply);
        }
    }

    /** {@code struct fuse_copy_file_range_in}, whose first two are read. */
    private void copy(Request request, Call call, long handle, long offset, Reply reply)
            throws InterruptedException {
        long toNode = request.nextLong();
        long toHandle = request.nextLong();
        long toOffset = request.nextOffset();
        long length = request.nextLong();
        boolean wide = request.operation() == Opcode.COPY_RANGE_64;
        // The old answer has 32 bits.
        long bounded =
                length < 0 || (!wide && length > Integer.MAX_VALUE) ? Integer.MAX_VALUE : length;
        long copied = files.copyFileRange(
                call,
                new CopyRange(request.node(), handle, offset, toNode, toHandle, toOffset, bounded));
        if (wide) {
            reply.number(copied);
        } else {
            reply.size(Math.toIntExact(copied));
        }
    }
}
