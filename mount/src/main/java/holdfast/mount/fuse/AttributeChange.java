package holdfast.mount.fuse;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What chmod, chown, truncate and utimensat ask for, at once.
 *
 * @param mode the new permissions (with setuid, setgid and sticky bits)
 * @param user the new owner
 * @param group the new group
 * @param size the new length in bytes
 * @param accessed the new time of the last access
 * @param modified the new time of the last change of contents
 * @param handle the open file through which it is asked (ftruncate)
 */
public record AttributeChange(
        OptionalInt mode,
        OptionalInt user,
        OptionalInt group,
        OptionalLong size,
        NewTime accessed,
        NewTime modified,
        OptionalLong handle) {}
