package holdfast.mount.cell;

import holdfast.client.files.Cell;
import holdfast.model.time.WallClock;
import holdfast.mount.fuse.Feature;
import holdfast.mount.fuse.FuseMount;
import holdfast.mount.fuse.MountOptions;
import holdfast.mount.fuse.MountOptions.Flag;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** A cell mounted at a directory of this machine, for all its programs. */
public final class CellMount implements AutoCloseable {
    private final FuseMount mount;

    /**
     * How programs see the cell.
     *
     * @param lockWait how long an open for writing waits for another machine's writer; zero: not at
     *     all, the open fails with EAGAIN; empty: no locks are taken but while storing, and the
     *     second of two writers is refused then
     * @param storeEvery how often open files are stored that are written to; empty: when they are
     *     closed or synced
     */
    public record Settings(Optional<Duration> lockWait, Optional<Duration> storeEvery) {}

    private CellMount(FuseMount mount) {
        this.mount = mount;
    }

    /**
     * Mounts {@code cell} at {@code directory}. The connection must live longer than the mount.
     *
     * @throws IOException when the kernel or fusermount3 refuses, or the cell does not answer;
     *     nothing is mounted then
     */
    public static CellMount mount(
            Cell cell, Path directory, MountOptions options, Settings settings) throws IOException {
        MountedCell files = new MountedCell(cell.vnodes(), settings, WallClock.system());
        return new CellMount(
                FuseMount.mount(directory, files, options.wanting(features(options, settings))));
    }

    /**
     * Of the umask and a directory's default access list, the server takes the one that counts. Of
     * listings that came with status, the kernel could not keep the names. Locks of whole files are
     * the cell's, unless no locks are wanted there; those of ranges this machine's kernel's own.
     */
    private static Set<Feature> features(MountOptions options, Settings settings) {
        Set<Feature> features = EnumSet.of(Feature.OWN_UMASK);
        features.addAll(options.features());
        features.remove(Feature.LISTING_WITH_STATUS);
        if (settings.lockWait().isPresent()) {
            features.add(Feature.FLOCK);
        } else {
            features.remove(Feature.FLOCK);
        }
        if (options.flags().contains(Flag.DEFAULT_PERMISSIONS)) {
            features.add(Feature.ACCESS_LISTS);
        }
        return features;
    }

    /** Where it is mounted. */
    public Path path() {
        return mount.path();
    }

    /** Waits until it is unmounted, by whomever, and all is stored. */
    public boolean awaitUnmounted(Duration patience) throws InterruptedException {
        return mount.awaitUnmounted(patience);
    }

    /** Unmounts, though programs use it, and stores what they wrote. */
    @Override
    public void close() throws IOException {
        mount.close();
    }
}
