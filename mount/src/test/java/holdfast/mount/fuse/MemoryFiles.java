package holdfast.mount.fuse;

import holdfast.model.path.Name;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * A file system in memory that does all that the protocol has. Files whose name begins with
 * {@code slow} are never done with their open, {@code stuck} with their read, unless they are
 * interrupted.
 */
class MemoryFiles implements FuseFileSystem {
    private static final int SETGID = 02000;
    private static final int PERMISSIONS = 07777;
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;

    private final Map<Long, Node> nodes = new HashMap<>();
    private final Map<Long, List<Map.Entry<Name, Node>>> listings = new HashMap<>();
    private final MemoryLocks locks = new MemoryLocks();
    private long last = Entry.ROOT;

    final LongAdder interrupts = new LongAdder();
    final LongAdder opens = new LongAdder();
    final LongAdder reads = new LongAdder();
    final LongAdder flushes = new LongAdder();
    final LongAdder releases = new LongAdder();
    final CountDownLatch destroyed = new CountDownLatch(1);

    private final Duration valid;

    MemoryFiles() {
        this(Duration.ofHours(1));
    }

    /** {@code valid}: how long the kernel may keep names and attributes. */
    MemoryFiles(Duration valid) {
        this.valid = valid;
        Node root = new Node(Entry.ROOT, Attributes.DIRECTORY | 0755, 0, 0, 0);
        root.links = 1;
        root.lookups = 1;
        nodes.put(root.id, root);
    }

    /** Puts a file in the root, as another machine might have. */
    synchronized Node put(String name, String contents) {
        Node root = node(Entry.ROOT);
        Node file = new Node(++last, Attributes.REGULAR | 0644, 0, 0, 0);
        file.fill(contents);
        if (root.children.containsKey(Name.of(name))) {
            unbind(root, Name.of(name));
        }
        bind(root, Name.of(name), file);
        nodes.put(file.id, file);
        return file;
    }

    /** Takes a file away, as another machine might have. */
    synchronized void remove(String name) {
        unbind(node(Entry.ROOT), Name.of(name));
    }

    synchronized boolean knows(long node) {
        return nodes.containsKey(node);
    }

    synchronized Node node(long id) {
        Node node = nodes.get(id);
        if (node == null) {
            throw new FuseException(Errno.ESTALE);
        }
        return node;
    }

    private Node child(Node parent, Name name) {
        Node child = parent.children.get(name);
        if (child == null) {
            throw new FuseException(Errno.ENOENT);
        }
        return child;
    }

    private static void bind(Node parent, Name name, Node child) {
        parent.children.put(name, child);
        child.parent = parent;
        child.links++;
        parent.folders += child.is(Attributes.DIRECTORY) ? 1 : 0;
        parent.modified = Node.now();
        parent.touched();
    }

    private void unbind(Node parent, Name name) {
        Node child = Objects.requireNonNull(parent.children.remove(name));
        child.links--;
        parent.folders -= child.is(Attributes.DIRECTORY) ? 1 : 0;
        child.touched();
        parent.modified = Node.now();
        parent.touched();
        drop(child);
    }

    private void drop(Node node) {
        if (node.links == 0 && node.lookups == 0) {
            nodes.remove(node.id);
        }
    }

    private Node make(Call call, Node parent, int mode, int device) {
        boolean inherits = (parent.mode & SETGID) != 0;
        int group = inherits ? parent.group : call.group();
        boolean folder = (mode & Attributes.TYPE) == Attributes.DIRECTORY;
        Node made = new Node(
                ++last, mode | (inherits && folder ? SETGID : 0), call.user(), group, device);
        nodes.put(made.id, made);
        return made;
    }

    private Entry found(Node node) {
        node.lookups++;
        return node.entry(valid);
    }

    private Entry bound(Call call, long parent, Name name, int mode, int device) {
        Node folder = node(parent);
        if (folder.children.containsKey(name)) {
            throw new FuseException(Errno.EEXIST);
        }
        Node made = make(call, folder, mode, device);
        bind(folder, name, made);
        return found(made);
    }

    @Override
    public void destroy() {
        destroyed.countDown();
    }

    @Override
    public synchronized Entry lookup(Call call, long parent, Name name) {
        return found(child(node(parent), name));
    }

    @Override
    public synchronized void forget(long node, long lookups) {
        Node forgotten = node(node);
        forgotten.lookups -= lookups;
        drop(forgotten);
    }

    @Override
    public synchronized Status getattr(Call call, long node, OptionalLong handle) {
        return node(node).status(valid);
    }

    @Override
    public synchronized Status setattr(Call call, long id, AttributeChange change) {
        Node node = node(id);
        change.mode().ifPresent(mode -> node.mode = (node.mode & Attributes.TYPE) | mode);
        change.user().ifPresent(user -> node.user = user);
        change.group().ifPresent(group -> node.group = group);
        change.size().ifPresent(node::resize);
        node.accessed = time(change.accessed(), node.accessed);
        node.modified = time(change.modified(), node.modified);
        node.touched();
        return node.status(valid);
    }

    private static long time(NewTime time, long old) {
        return switch (time) {
            case NewTime.Keep() -> old;
            case NewTime.Now() -> Node.now();
            case NewTime.At(long nanos) -> nanos;
        };
    }

    @Override
    public synchronized byte[] readlink(Call call, long node) {
        Node link = node(node);
        return Arrays.copyOf(link.bytes, link.size);
    }

    @Override
    public synchronized Entry symlink(Call call, long parent, Name name, byte[] target) {
        Entry entry = bound(call, parent, name, Attributes.SYMBOLIC_LINK | 0777, 0);
        node(entry.node()).write(0, ByteBuffer.wrap(target));
        return node(entry.node()).entry(valid);
    }

    @Override
    public synchronized Entry mknod(Call call, long parent, Name name, int mode, int device) {
        return bound(call, parent, name, mode, device);
    }

    @Override
    public synchronized Entry mkdir(Call call, long parent, Name name, int mode) {
        return bound(call, parent, name, Attributes.DIRECTORY | (mode & PERMISSIONS), 0);
    }

    @Override
    public synchronized void unlink(Call call, long parent, Name name) {
        child(node(parent), name);
        unbind(node(parent), name);
    }

    @Override
    public synchronized void rmdir(Call call, long parent, Name name) {
        if (!child(node(parent), name).children.isEmpty()) {
            throw new FuseException(Errno.ENOTEMPTY);
        }
        unbind(node(parent), name);
    }

    @Override
    public synchronized void rename(
            Call call, long parent, Name name, long newParent, Name newName, RenameMode mode) {
        Node from = node(parent);
        Node to = node(newParent);
        Node moved = child(from, name);
        Optional<Node> old = Optional.ofNullable(to.children.get(newName));
        switch (mode) {
            case EXCHANGE -> {
                Node other = child(to, newName);
                from.children.put(name, other);
                to.children.put(newName, moved);
                other.parent = from;
                moved.parent = to;
                return;
            }
            case NO_REPLACE -> {
                if (old.isPresent()) {
                    throw new FuseException(Errno.EEXIST);
                }
            }
            case REPLACE -> {
                if (old.isPresent() && old.get() == moved) {
                    return;
                }
                if (old.isPresent() && !old.get().children.isEmpty()) {
                    throw new FuseException(Errno.ENOTEMPTY);
                }
                if (old.isPresent()) {
                    unbind(to, newName);
                }
            }
        }
        bind(to, newName, moved);
        unbind(from, name);
    }

    @Override
    public synchronized Entry link(Call call, long node, long newParent, Name newName) {
        bind(node(newParent), newName, node(node));
        node(node).touched();
        return found(node(node));
    }

    @Override
    public Opened open(Call call, long node, OpenMode mode) throws InterruptedException {
        opens.increment();
        if (isCalled(node, "slow")) {
            waitForEver();
        }
        synchronized (this) {
            if (mode.truncates()) {
                node(node).resize(0);
            }
            return isCalled(node, "direct")
                    ? Opened.of(node, OpenFlag.DIRECT_IO)
                    : Opened.of(node, OpenFlag.KEEP_CACHE);
        }
    }

    final synchronized boolean isCalled(long id, String start) {
        Node node = node(id);
        return node.parent.children.entrySet().stream()
                .anyMatch(e -> e.getValue() == node && e.getKey().toString().startsWith(start));
    }

    private void waitForEver() throws InterruptedException {
        try {
            if (!new CountDownLatch(1).await(1, TimeUnit.MINUTES)) {
                throw new FuseException(Errno.ETIMEDOUT);
            }
        } catch (InterruptedException e) {
            interrupts.increment();
            throw e;
        }
    }

    @Override
    public synchronized Created create(
            Call call, long parent, Name name, int permissions, OpenMode mode)
            throws InterruptedException {
        Node old = node(parent).children.get(name);
        if (old != null && mode.exclusive()) {
            throw new FuseException(Errno.EEXIST);
        }
        if (old != null) {
            return new Created(found(old), open(call, old.id, mode));
        }
        Entry entry = bound(call, parent, name, Attributes.REGULAR | permissions, 0);
        return new Created(entry, Opened.of(entry.node(), OpenFlag.KEEP_CACHE));
    }

    @Override
    public synchronized Created tmpfile(Call call, long parent, int permissions, OpenMode mode) {
        Node made = make(call, node(parent), Attributes.REGULAR | permissions, 0);
        return new Created(found(made), Opened.of(made.id, OpenFlag.KEEP_CACHE));
    }

    @Override
    public ByteBuffer read(Call call, ReadRequest request) throws InterruptedException {
        reads.increment();
        if (isCalled(request.node(), "stuck")) {
            waitForEver();
        }
        synchronized (this) {
            Node node = node(request.node());
            int from = (int) Math.min(request.offset(), node.size);
            ByteBuffer buffer = request.buffer();
            return buffer.put(node.bytes, from, Math.min(request.size(), node.size - from))
                    .flip();
        }
    }

    @Override
    public synchronized int write(Call call, WriteRequest request) {
        int length = request.data().remaining();
        node(request.node()).write(request.offset(), request.data());
        return length;
    }

    @Override
    public void flush(Call call, long node, long handle, long owner) {
        flushes.increment();
        locks.unlockAll(node, owner, false);
    }

    @Override
    public void release(Call call, Release release) {
        releases.increment();
        if (release.unlocksFlock()) {
            locks.unlockAll(release.node(), release.owner(), true);
        }
    }

    @Override
    public void fsync(Call call, long node, long handle, boolean dataOnly) {}

    @Override
    public void fsyncdir(Call call, long node, long handle, boolean dataOnly) {}

    @Override
    public synchronized Opened opendir(Call call, long node, OpenMode mode) {
        long handle = ++last;
        listings.put(handle, new ArrayList<>(node(node).children.entrySet()));
        return Opened.of(handle);
    }

    @Override
    public synchronized void releasedir(Call call, Release release) {
        listings.remove(release.handle());
    }

    @Override
    public void readdir(Call call, long node, long handle, long offset, Listing listing) {
        list(node, handle, offset, listing, false);
    }

    @Override
    public void readdirplus(Call call, long node, long handle, long offset, Listing listing) {
        list(node, handle, offset, listing, true);
    }

    private synchronized void list(
            long id, long handle, long offset, Listing listing, boolean plus) {
        Node folder = node(id);
        List<Map.Entry<Name, Node>> entries = Objects.requireNonNull(listings.get(handle));
        boolean room = true;
        for (long at = offset; room && at < entries.size() + 2; at++) {
            long next = at + 1;
            if (at == 0) {
                room = listing.addSelf(id, next);
            } else if (at == 1) {
                room = listing.addParent(folder.parent.id, next);
            } else {
                Name name = entries.get((int) at - 2).getKey();
                Node node = entries.get((int) at - 2).getValue();
                if (!plus || !nodes.containsKey(node.id)) {
                    room = listing.add(name, node.id, node.mode, next);
                } else {
                    room = listing.addEntry(name, node.entry(valid), next);
                    node.lookups += room ? 1 : 0;
                }
            }
        }
    }

    @Override
    public Space statfs(Call call, long node) {
        return new Space(4096, 1000, 900, 800, 500, 400, Name.BYTES_MAX);
    }

    @Override
    public synchronized void setxattr(
            Call call, long node, String name, byte[] value, XattrMode mode) {
        boolean there = node(node).xattrs.containsKey(name);
        if (there && mode == XattrMode.CREATE) {
            throw new FuseException(Errno.EEXIST);
        }
        if (!there && mode == XattrMode.REPLACE) {
            throw new FuseException(Errno.ENODATA);
        }
        node(node).xattrs.put(name, value);
    }

    @Override
    public synchronized byte[] getxattr(Call call, long node, String name) {
        byte[] value = node(node).xattrs.get(name);
        if (value == null) {
            throw new FuseException(Errno.ENODATA);
        }
        return value;
    }

    @Override
    public synchronized List<String> listxattr(Call call, long node) {
        return List.copyOf(node(node).xattrs.keySet());
    }

    @Override
    public synchronized void removexattr(Call call, long node, String name) {
        getxattr(call, node, name);
        node(node).xattrs.remove(name);
    }

    @Override
    public Optional<FileLock> getlk(Call call, LockRequest request) {
        return locks.against(request);
    }

    @Override
    public void setlk(Call call, LockRequest request, boolean waits) throws InterruptedException {
        locks.set(request, waits);
    }

    @Override
    public synchronized void fallocate(
            Call call, long id, long handle, int mode, long offset, long length) {
        Node node = node(id);
        long end = offset + length;
        switch (mode) {
            case 0 -> node.resize(Math.max(node.size, end));
            case KEEP_SIZE -> {}
            case KEEP_SIZE | PUNCH_HOLE -> {
                int to = (int) Math.min(end, node.size);
                if (offset < to) {
                    Arrays.fill(node.bytes, (int) offset, to, (byte) 0);
                }
            }
            default -> throw new FuseException(Errno.EOPNOTSUPP);
        }
    }

    @Override
    public synchronized long lseek(Call call, long id, long handle, long offset, boolean hole) {
        Node node = node(id);
        if (offset >= node.size) {
            throw new FuseException(Errno.ENXIO);
        }
        return hole ? node.size : offset;
    }

    @Override
    public synchronized long copyFileRange(Call call, CopyRange range) {
        Node from = node(range.fromNode());
        int start = (int) Math.min(range.fromOffset(), from.size);
        int length = (int) Math.min(range.length(), from.size - start);
        byte[] copy = Arrays.copyOfRange(from.bytes, start, start + length);
        node(range.toNode()).write(range.toOffset(), ByteBuffer.wrap(copy));
        return length;
    }
}
