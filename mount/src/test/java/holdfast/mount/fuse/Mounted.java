package holdfast.mount.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A mount for a test, which leaves nothing behind. */
final class Mounted implements AutoCloseable {
    private final FuseMount mount;

    private Mounted(FuseMount mount) {
        this.mount = mount;
    }

    static Mounted at(Path folder, FuseFileSystem files, MountOptions options) throws IOException {
        if (Files.notExists(folder)) {
            Files.createDirectory(folder);
        }
        return new Mounted(FuseMount.mount(folder, files, options));
    }

    static MountOptions options() {
        return MountOptions.usual("memory", "holdfast-test");
    }

    FuseMount mount() {
        return mount;
    }

    Path path(String name) {
        return mount.path().resolve(name);
    }

    Programs programs() {
        return new Programs(mount.path());
    }

    @Override
    public void close() throws IOException {
        try {
            mount.close();
        } finally {
            // Only if that failed is there still something.
            new Programs(Path.of("/")).ended("umount", "-l", mount.path().toString());
        }
    }
}
