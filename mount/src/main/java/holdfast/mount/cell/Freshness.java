package holdfast.mount.cell;

import holdfast.client.files.VnodeAccess;
import holdfast.client.files.VnodeAccess.Seen;
import holdfast.model.id.FileId;
import holdfast.mount.fuse.FuseMount;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the kernel may keep. A break bumps the kernel's epoch, after which it looks every name up
 * again, and takes the attributes of the inode; both before the break is acknowledged, and neither
 * takes a lock in the kernel. What is on its way to the kernel meanwhile was counted before
 * ({@link #moment}) and is given no time at all.
 *
 * <p>Where the kernel has no epochs, it keeps no names.
 */
final class Freshness implements VnodeAccess.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Freshness.class);

    private final Inodes inodes;
    private final AtomicLong breaks = new AtomicLong();
    private volatile @Nullable FuseMount mount;
    private volatile boolean epochs;

    Freshness(Inodes inodes) {
        this.inodes = inodes;
    }

    /** The mount is about to work. */
    void mounted(FuseMount now) {
        mount = now;
        epochs = increment(now);
    }

    /** Before something is looked at that the kernel may keep; then {@link #valid}. */
    long moment() {
        return breaks.get();
    }

    /** How long the kernel may keep what was seen since {@code moment}. */
    Duration valid(long moment, Duration promised) {
        return breaks.get() == moment ? promised : Duration.ZERO;
    }

    /** How long the kernel may take a name to lead where it was seen to lead. */
    Duration nameValid(long moment, Seen seen) {
        return epochs ? valid(moment, seen.nameHolds()) : Duration.ZERO;
    }

    @Override
    public void broken(FileId file) {
        breaks.incrementAndGet();
        FuseMount now = mount;
        Inode inode = inodes.of(file);
        if (now != null && inode != null) {
            forgetAttributes(now, inode);
            increment(now);
        }
    }

    @Override
    public void allBroken() {
        breaks.incrementAndGet();
        FuseMount now = mount;
        if (now != null) {
            increment(now);
            inodes.all().forEach(inode -> forgetAttributes(now, inode));
        }
    }

    /** The kernel asks for the attributes anew. */
    void forgetAttributes(Inode inode) {
        FuseMount now = mount;
        if (now != null) {
            forgetAttributes(now, inode);
        }
    }

    /**
     * The kernel asks for these bytes anew, and for the attributes. Not from the thread that
     * answers an operation on the inode: the kernel may hold the pages until it is answered.
     */
    void forgetBytes(Inode inode, long offset, long length) {
        FuseMount now = mount;
        if (now != null) {
            Thread _ = Thread.ofVirtual().name("holdfast-forget").start(() -> {
                try {
                    boolean _ = now.invalidateInode(inode.node(), offset, length);
                } catch (IOException e) {
                    LOG.warn("The kernel keeps bytes of {}: {}", inode, e.toString());
                }
            });
        }
    }

    private static void forgetAttributes(FuseMount mount, Inode inode) {
        try {
            boolean _ = mount.invalidateInode(inode.node(), -1, 0);
        } catch (IOException e) {
            LOG.warn("The kernel keeps attributes of {}: {}", inode, e.toString());
        }
    }

    private static boolean increment(FuseMount mount) {
        try {
            return mount.incrementEpoch();
        } catch (IOException e) {
            LOG.warn("The kernel keeps names: {}", e.toString());
            return false;
        }
    }
}
