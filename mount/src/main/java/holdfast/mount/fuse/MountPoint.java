package holdfast.mount.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Where a mount is made, and by whom: this process, or {@code fusermount3} for it.
 *
 * @param path of the directory
 * @param route how it is mounted and unmounted
 */
record MountPoint(Path path, MountOptions.Route route) {
    private static final int NO_SETUID = 2;
    private static final int NO_DEVICES = 4;
    private static final int READ_ONLY = 1;
    private static final int NO_EXEC = 8;

    private static final int FORCE = 1;
    private static final int DETACH = 2;

    /** How many dead mounts are taken off one directory. */
    private static final int DEAD_MAX = 16;

    /**
     * Takes away mounts here whose process is gone. They can't be recognised by {@code stat}, which
     * the kernel answers from what it has cached; {@code statfs} it never does.
     */
    void clear() throws IOException {
        for (int i = 0; i < DEAD_MAX; i++) {
            try {
                LibC.statfs(path.toString());
                return;
            } catch (LibC.Failed e) {
                if (!e.is(Errno.ENOTCONN)) {
                    return; // the mount will say it better
                }
                detach();
            }
        }
    }

    /** Mounts, and returns the device's descriptor. */
    int mount(MountOptions options) throws IOException {
        return switch (route) {
            case DIRECT -> direct(options);
            case FUSERMOUNT -> Fusermount.mount(path, names(options));
        };
    }

    private int direct(MountOptions options) throws IOException {
        int device = LibC.open("/dev/fuse", LibC.O_RDWR | LibC.O_CLOEXEC);
        try {
            int flags = options.flags().contains(MountOptions.Flag.SETUID) ? 0 : NO_SETUID;
            flags |= options.flags().contains(MountOptions.Flag.DEVICES) ? 0 : NO_DEVICES;
            flags |= options.flags().contains(MountOptions.Flag.READ_ONLY) ? READ_ONLY : 0;
            flags |= options.flags().contains(MountOptions.Flag.NO_EXEC) ? NO_EXEC : 0;
            StringBuilder data = new StringBuilder("fd=" + device + ",rootmode=40000")
                    .append(",user_id=" + LibC.user() + ",group_id=" + LibC.group())
                    .append(",max_read=" + Memory.TRANSFER_BYTES_MAX);
            if (options.flags().contains(MountOptions.Flag.ALLOW_OTHER)) {
                data.append(",allow_other");
            }
            if (options.flags().contains(MountOptions.Flag.DEFAULT_PERMISSIONS)) {
                data.append(",default_permissions");
            }
            String type = "fuse." + options.type();
            LibC.mount(options.source(), path.toString(), type, flags, data.toString());
            return device;
        } catch (IOException | RuntimeException e) {
            LibC.close(device);
            throw e;
        }
    }

    private static String names(MountOptions options) {
        String source = options.source().replace("\\", "\\\\").replace(",", "\\,");
        StringBuilder names = new StringBuilder("fsname=" + source)
                .append(",subtype=" + options.type())
                .append(",max_read=" + Memory.TRANSFER_BYTES_MAX);
        for (MountOptions.Flag flag : options.flags()) {
            names.append(
                    switch (flag) {
                        case ALLOW_OTHER -> ",allow_other";
                        case DEFAULT_PERMISSIONS -> ",default_permissions";
                        case READ_ONLY -> ",ro";
                        case SETUID -> ",suid";
                        case DEVICES -> ",dev";
                        case NO_EXEC -> ",noexec";
                    });
        }
        return names.toString();
    }

    /** Unmounts when nobody uses it; false when somebody does. Nothing there: true. */
    boolean unmount() throws IOException {
        return switch (route) {
            case DIRECT -> {
                try {
                    LibC.unmount(path.toString(), 0);
                    yield true;
                } catch (LibC.Failed e) {
                    if (e.is(Errno.EBUSY)) {
                        yield false;
                    }
                    if (e.is(Errno.EINVAL) || e.is(Errno.ENOENT)) {
                        yield true; // not mounted any more
                    }
                    throw e;
                }
            }
            case FUSERMOUNT -> Fusermount.unmount(path, false) || !isMounted();
        };
    }

    /**
     * Unmounts although somebody uses it. Open files of it then say ENOTCONN: at once by the direct
     * route, by the other when the session stops.
     */
    void unmountByForce() throws IOException {
        if (route == MountOptions.Route.DIRECT) {
            LibC.unmount(path.toString(), FORCE | DETACH);
            return;
        }
        detach();
    }

    /** Takes it from sight; open files of it go on. */
    void detach() throws IOException {
        if (route == MountOptions.Route.DIRECT) {
            LibC.unmount(path.toString(), DETACH);
        } else if (!Fusermount.unmount(path, true)) {
            throw new IOException("fusermount3 can't take away the dead mount at " + path);
        }
    }

    private boolean isMounted() throws IOException {
        String escaped = path.toString()
                .replace("\\", "\\134")
                .replace(" ", "\\040")
                .replace("\t", "\\011")
                .replace("\n", "\\012");
        // 36 35 98:0 / /mnt rw,noatime … - fuse.holdfast source rw
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return lines.anyMatch(
                    line -> line.contains(" " + escaped + " ") && line.contains(" - fuse."));
        }
    }
}
