package holdfast.mount.fuse;

import java.util.EnumSet;
import java.util.Set;

/**
 * How to mount.
 *
 * @param source what {@code df} and {@code mount} show as the device
 * @param type the type is shown as {@code fuse.}{@code type}
 * @param flags of the mount
 * @param features that are wanted where the kernel has them
 * @param stackDepth how many stacked file systems may lie under a {@link Backing}: 1 for ext4 and
 *     its like, 2 (the kernel's most) for overlayfs, which then can't lie on this mount
 * @param route who makes the mount
 */
public record MountOptions(
        String source,
        String type,
        Set<Flag> flags,
        Set<Feature> features,
        int stackDepth,
        Route route) {

    /** What mount(8) calls options. */
    public enum Flag {
        /** Other users may use it; for an unprivileged mount only if /etc/fuse.conf says so. */
        ALLOW_OTHER,
        /** The kernel checks permissions by owner, group and mode. */
        DEFAULT_PERMISSIONS,
        /** Nothing can be changed. */
        READ_ONLY,
        /** setuid and setgid bits work; not for an unprivileged mount. */
        SETUID,
        /** Device nodes work; not for an unprivileged mount. */
        DEVICES,
        /** No program can be started from it. */
        NO_EXEC
    }

    /** Who makes the mount. */
    public enum Route {
        /** This process, with mount(2). Needs CAP_SYS_ADMIN. */
        DIRECT,
        /** The setuid program {@code fusermount3}. */
        FUSERMOUNT;

        /** The one that this process' user has. */
        static Route here() {
            return LibC.user() == 0 ? DIRECT : FUSERMOUNT;
        }
    }

    /** Copies the sets and checks the names. */
    public MountOptions {
        flags = Set.copyOf(flags);
        features = Set.copyOf(features);
        if (!source.matches("[^\\p{Cntrl}]+") || !type.matches("[A-Za-z0-9_-]+")) {
            throw new IllegalArgumentException("source '" + source + "' of type '" + type + "'");
        }
        if (stackDepth < 1 || stackDepth > 2) {
            throw new IllegalArgumentException("a stack depth of " + stackDepth);
        }
    }

    /** A mount with permissions checked, for everybody if root makes it, by the route there is. */
    public static MountOptions usual(String source, String type) {
        boolean root = LibC.user() == 0;
        Set<Flag> flags = EnumSet.of(Flag.DEFAULT_PERMISSIONS);
        if (root) {
            flags.add(Flag.ALLOW_OTHER);
        }
        return new MountOptions(source, type, flags, Feature.usual(), 1, Route.here());
    }

    /** The same with other flags. */
    public MountOptions with(Set<Flag> others) {
        return new MountOptions(source, type, others, features, stackDepth, route);
    }

    /** The same with other features. */
    public MountOptions wanting(Set<Feature> others) {
        return new MountOptions(source, type, flags, others, stackDepth, route);
    }

    /** The same by another route. */
    public MountOptions by(Route other) {
        return new MountOptions(source, type, flags, features, stackDepth, other);
    }
}
