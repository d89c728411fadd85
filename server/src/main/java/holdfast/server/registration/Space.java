package holdfast.server.registration;

/**
 * Room on a server's disk, in bytes, and whether it wants any more to keep.
 *
 * @param capacityBytes all of it
 * @param freeBytes what is left
 * @param draining whether it is about to be stopped, so that it should get no new volumes
 */
public record Space(long capacityBytes, long freeBytes, boolean draining) {
    /** Of a server that stores no contents. */
    public static final Space NONE = new Space(0, 0, false);

    public Space {
        if (capacityBytes < 0 || freeBytes < 0) {
            throw new IllegalArgumentException(capacityBytes + " bytes, " + freeBytes + " free");
        }
    }
}
