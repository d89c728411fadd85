package holdfast.client.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a cache behaves.
 *
 * @param budgetBytes disk space for cached contents of all processes together; at least 1 MiB.
 *     Working copies don't count, and files that are open stay even when they are more
 * @param idleFilesMax how many files this process keeps at hand after their last use
 * @param fetchesMax how many ranges of one file are fetched at once
 * @param tendEvery how often the cache looks after itself
 */
public record CacheSettings(
        long budgetBytes, int idleFilesMax, int fetchesMax, Duration tendEvery) {
    private static final long BUDGET_STANDARD = 10L << 30;
    private static final long BUDGET_MIN = 1L << 20;

    public CacheSettings {
        if (budgetBytes < BUDGET_MIN
                || idleFilesMax < 0
                || fetchesMax < 1
                || tendEvery.isNegative()) {
            throw new IllegalArgumentException(
                    "a cache of " + budgetBytes + " bytes, " + idleFilesMax + " idle files, "
                            + fetchesMax + " fetches, tended every " + tendEvery);
        }
    }

    /**
     * A budget of 10 GiB, or a tenth of the disk that {@code folder} is or will be on, whichever is
     * less.
     */
    public static CacheSettings standard(Path folder) throws IOException {
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        long disk = Files.getFileStore(existing).getTotalSpace();
        return withBudget(Math.max(BUDGET_MIN, Math.min(BUDGET_STANDARD, disk / 10)));
    }

    /** The standard, but for the budget. */
    public static CacheSettings withBudget(long bytes) {
        return new CacheSettings(bytes, 10_000, 2, Duration.ofSeconds(10));
    }
}
