package holdfast.mount.fuse;

import holdfast.model.path.Name;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * A mounted {@link FuseFileSystem}: from {@link #mount} until somebody unmounts it, here or with
 * umount(8). Threads may share it.
 *
 * <p>What the kernel is told unasked ({@code invalidate…}, {@link #deleteEntry},
 * {@link #incrementEpoch}) returns whether it knew what it is about; once the mount is gone, it
 * knows nothing. All but {@link #incrementEpoch} take locks in the kernel that it holds while it
 * waits for an operation on the same inode or directory: never call them from such an operation,
 * nor while it waits for you.
 */
public final class FuseMount implements AutoCloseable {
    private final MountPoint point;
    private final Device device;
    private final Negotiation agreed;
    private final Session session;

    private FuseMount(MountPoint point, Device device, Negotiation agreed, Session session) {
        this.point = point;
        this.device = device;
        this.agreed = agreed;
        this.session = session;
    }

    /**
     * Mounts {@code files} at a directory and answers from then on. Mounts there whose process died
     * are taken away first.
     *
     * @throws IOException when the kernel or {@code fusermount3} refuses, or speaks too old a
     *     protocol; nothing is mounted then
     */
    public static FuseMount mount(Path directory, FuseFileSystem files, MountOptions options)
            throws IOException {
        Path path = directory.toAbsolutePath().normalize();
        new MountPoint(path, options.route()).clear();
        MountPoint point = new MountPoint(path.toRealPath(), options.route());
        Memory memory = Session.newMemory();
        Device device = new Device(point.mount(options));
        try {
            Negotiation agreed = Negotiation.with(device.descriptor(), options, memory);
            Session session = new Session(device, point.path().toString(), files, memory);
            FuseMount mount = new FuseMount(point, device, agreed, session);
            files.mounted(mount);
            session.start();
            return mount;
        } catch (IOException | RuntimeException e) {
            device.close();
            try {
                point.unmountByForce();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /** Where it is mounted. */
    public Path path() {
        return point.path();
    }

    /** What was wanted and the kernel has. */
    public Set<Feature> features() {
        return agreed.features();
    }

    /** The minor number of the protocol that the kernel offered. */
    public int protocolMinor() {
        return agreed.minor();
    }

    /**
     * What the kernel keeps of an inode's contents in this range ({@code length} 0: to the end),
     * and its attributes, is asked for again. With a negative {@code offset} only the attributes.
     */
    public boolean invalidateInode(long node, long offset, long length) throws IOException {
        return device.invalidateInode(node, offset, length);
    }

    /** A name is looked up again; what is mounted or cached below it is dropped. */
    public boolean invalidateEntry(long parent, Name name) throws IOException {
        return device.invalidateEntry(parent, name, false);
    }

    /**
     * A name is looked up again, and what is below it stays when it still leads there. Needs
     * {@link Feature#EXPIRED_ENTRIES}; without it the same as {@link #invalidateEntry}.
     */
    public boolean expireEntry(long parent, Name name) throws IOException {
        boolean offered = agreed.features().contains(Feature.EXPIRED_ENTRIES);
        return device.invalidateEntry(parent, name, offered);
    }

    /** A name that led to {@code child} is gone; programs that watch the directory are told. */
    public boolean deleteEntry(long parent, long child, Name name) throws IOException {
        return device.deleteEntry(parent, child, name);
    }

    /**
     * All names are looked up again, each at its next use. Takes no lock, so an operation may call
     * it. False before Linux 6.17 (7.44), where nothing like it exists.
     */
    public boolean incrementEpoch() throws IOException {
        // The kernel counts on for a mount that is gone.
        return agreed.knowsEpochs() && !session.hasEnded() && device.incrementEpoch();
    }

    /**
     * A local file for the kernel to read and write itself; see {@link Opened#through}. Needs
     * {@link Feature#PASSTHROUGH}.
     *
     * @throws IOException when the file can't be opened, or its file system can't be under a mount
     */
    public Backing backing(Path file) throws IOException {
        return device.openBacking(file);
    }

    /**
     * Unmounts what any process mounted at {@code directory}; false when a program uses it. With
     * {@code force} it goes from sight at once, and at last when nobody uses it any more.
     */
    public static boolean unmount(Path directory, boolean force) throws IOException {
        MountPoint point =
                new MountPoint(directory.toAbsolutePath().normalize(), MountOptions.Route.here());
        if (force) {
            point.detach();
            return true;
        }
        return point.unmount();
    }

    /** Unmounts when no program uses it; false when one does. Unmounted already: true. */
    public boolean unmount() throws IOException {
        return session.hasEnded() || point.unmount();
    }

    /** Waits until it is unmounted, by whomever, and no operation is running any more. */
    public boolean awaitUnmounted(Duration patience) throws InterruptedException {
        return session.awaitEnd(patience);
    }

    /**
     * Unmounts, though programs use it: their calls then fail with ENOTCONN. Waits until no
     * operation is running any more; those that are get an interrupt after two seconds.
     *
     * @throws IOException when an operation goes on regardless, or the kernel refuses
     */
    @Override
    public void close() throws IOException {
        if (session.hasEnded()) {
            point.clear(); // the kernel may have ended it without unmounting
            return;
        }
        if (!point.unmount()) {
            point.unmountByForce();
        }
        try {
            if (!session.stop()) {
                throw new IOException("operations on " + path() + " go on though it is unmounted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while unmounting " + path(), e);
        }
    }
}
