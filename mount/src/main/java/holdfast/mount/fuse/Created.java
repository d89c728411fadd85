package holdfast.mount.fuse;

/**
 * A file that was made and opened in one step.
 *
 * @param entry counts as a lookup
 * @param opened the open file
 */
public record Created(Entry entry, Opened opened) {}
