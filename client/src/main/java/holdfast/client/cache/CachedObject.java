package holdfast.client.cache;

import java.time.Instant;
import java.util.Optional;

/**
 * Contents in the cache, for people.
 *
 * @param hash their name in hexadecimal
 * @param bytes that they take on disk
 * @param whole whether all of them are here
 * @param used when they were last used
 * @param origin where they were seen last, when that is known
 */
public record CachedObject(
        String hash, long bytes, boolean whole, Instant used, Optional<Origin> origin) {}
