package holdfast.server.callback;

/**
 * One vnode, and which of its two promises is meant: what a promise covers, or what a change
 * touches.
 *
 * @param vnode contents, attributes, access list and names of the vnode
 * @param entries the list of a directory, its times and its link count
 */
public record Scope(long file, boolean vnode, boolean entries) {
    /** Contents, attributes and names. */
    public static Scope vnode(long file) {
        return new Scope(file, true, false);
    }

    /** A directory's list. */
    public static Scope entries(long file) {
        return new Scope(file, false, true);
    }

    /** Both. */
    public static Scope both(long file) {
        return new Scope(file, true, true);
    }

    /** Whether it means neither. */
    public boolean isEmpty() {
        return !vnode && !entries;
    }

    /** What of the same vnode is in this and in the other. */
    Scope and(Scope other) {
        return new Scope(file, vnode && other.vnode, entries && other.entries);
    }

    /** What of the same vnode is in this and not in the other. */
    Scope without(Scope other) {
        return new Scope(file, vnode && !other.vnode, entries && !other.entries);
    }

    /** What of the same vnode is in this or in the other. */
    Scope or(Scope other) {
        return new Scope(file, vnode || other.vnode, entries || other.entries);
    }
}
