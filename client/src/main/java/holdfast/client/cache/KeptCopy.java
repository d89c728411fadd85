package holdfast.client.cache;

import java.time.Instant;

/**
 * A working copy that was not stored and that nobody works on.
 *
 * @param id names it
 * @param bytes its size
 * @param since when it was opened
 * @param reason why it was not stored
 */
public record KeptCopy(
        String id, WorkingCopy.About about, long bytes, Instant since, String reason) {}
