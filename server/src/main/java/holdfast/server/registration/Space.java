package holdfast.server.registration;

/**
 * Room on a server's disk, in bytes.
 *
 * @param capacityBytes all of it
 * @param freeBytes what is left
 */
public record Space(long capacityBytes, long freeBytes) {
    /** Of a server that stores no contents. */
    public static final Space NONE = new Space(0, 0);

    public Space {
        if (capacityBytes < 0 || freeBytes < 0) {
            throw new IllegalArgumentException(capacityBytes + " bytes, " + freeBytes + " free");
        }
    }
}
