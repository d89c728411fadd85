package holdfast.mount.fuse;

import holdfast.model.path.Name;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/** {@link MemoryFiles} whose files are read and written by the kernel, in a local folder. */
final class BackedFiles extends MemoryFiles {
    private final Path local;
    private final Map<Long, Backing> backings = new HashMap<>();
    private final Map<Long, Integer> counts = new HashMap<>();
    private @Nullable FuseMount mount;

    BackedFiles(Path local) {
        this.local = local;
    }

    /** Where a node's bytes are. */
    Path file(long node) {
        return local.resolve("" + node);
    }

    synchronized int openBackings() {
        return backings.size();
    }

    @Override
    public void mounted(FuseMount mounted) {
        mount = mounted;
    }

    private synchronized Opened through(long node) {
        try {
            if (!backings.containsKey(node)) {
                if (!Files.exists(file(node))) {
                    Files.createFile(file(node));
                }
                backings.put(node, Objects.requireNonNull(mount).backing(file(node)));
            }
            counts.merge(node, 1, Integer::sum);
            return Opened.through(node, Objects.requireNonNull(backings.get(node)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Opened open(Call call, long node, OpenMode mode) {
        opens.increment();
        return through(node);
    }

    @Override
    public synchronized Created create(
            Call call, long parent, Name name, int permissions, OpenMode mode)
            throws InterruptedException {
        Entry entry = super.create(call, parent, name, permissions, mode).entry();
        return new Created(entry, through(entry.node()));
    }

    @Override
    public synchronized void release(Call call, Release release) {
        super.release(call, release);
        if (counts.merge(release.node(), -1, Integer::sum) == 0) {
            Objects.requireNonNull(backings.remove(release.node())).close();
        }
    }

    // The kernel then copies by reading and writing. (cat copies this way.)
    @Override
    public synchronized long copyFileRange(Call call, CopyRange range) {
        throw new FuseException(Errno.ENOSYS);
    }

    @Override
    public synchronized Status getattr(Call call, long id, OptionalLong handle) {
        Node node = node(id);
        if (node.is(Attributes.REGULAR) && Files.exists(file(id))) {
            node.size = (int) file(id).toFile().length();
        }
        return super.getattr(call, id, handle);
    }
}
