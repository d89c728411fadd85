package holdfast.model.volume;

/** How many of one client's changes a server keeps the answers of, so that each is done once. */
public final class RequestBounds {
    /** A change is this much at most ahead of the lowest whose answer its client still awaits. */
    public static final int AHEAD_MAX = 1_024;

    private RequestBounds() {}
}
