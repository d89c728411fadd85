package holdfast.mount.fuse;

/** What becomes of a time in a change of attributes. */
public sealed interface NewTime {
    /** It stays. */
    record Keep() implements NewTime {}

    /** It becomes the time at which the change is made. */
    record Now() implements NewTime {}

    /**
     * It becomes this.
     *
     * @param nanos since 1970; what 64 bits can't hold is the nearest that they can
     */
    record At(long nanos) implements NewTime {}
}
