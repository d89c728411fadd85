package holdfast.client.cache;

/**
 * How the cache is used. Hits and misses are this process's since it opened the cache; bytes are
 * those of all processes.
 *
 * @param hits opens that fetched nothing
 * @param misses opens that fetched something
 */
public record CacheUsage(long hits, long misses, long bytes, long budgetBytes) {}
