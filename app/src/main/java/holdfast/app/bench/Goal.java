package holdfast.app.bench;

/** What a figure should reach. */
public sealed interface Goal {
    /** So much of the local disk's speed. */
    record OfLocal(double ratio) implements Goal {}

    /** So many a second. */
    record Rate(double perSecond) implements Goal {}

    /** Less than that, in the figure's own unit. */
    record Under(double bound) implements Goal {}
}
