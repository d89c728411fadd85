package holdfast.mount.fuse;

import java.time.Duration;

/**
 * Attributes, and how long the kernel may repeat them without asking.
 *
 * @param attributes of the inode
 * @param valid zero: not at all
 */
public record Status(Attributes attributes, Duration valid) {
    /** Checks the duration. */
    public Status {
        if (valid.isNegative()) {
            throw new IllegalArgumentException("valid for " + valid);
        }
    }
}
