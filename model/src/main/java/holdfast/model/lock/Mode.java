package holdfast.model.lock;

/** What a lock keeps out. */
public enum Mode {
    /** Readers that want no writer meanwhile. */
    SHARED(1),
    /** One writer. */
    EXCLUSIVE(2);

    private final int code;

    Mode(int code) {
        this.code = code;
    }

    /** Its number in sealed tokens. */
    public int code() {
        return code;
    }

    /**
     * Whether two holders, one of each mode, may hold a lock at once. The only place that decides
     * this.
     */
    public boolean goesWith(Mode other) {
        return this == SHARED && other == SHARED;
    }
}
