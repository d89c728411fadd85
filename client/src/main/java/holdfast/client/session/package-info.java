/**
 * One client process and the services it talks to: the cell map, the lock session with its
 * heartbeats, and for each replica group the registration, request numbers, callback channel and
 * lease. It owns liveness: it retries until the caller's deadline, measures its own leases, and
 * says when promises or locks can't be relied on any more. It knows nothing of paths and caches;
 * {@code client.files} calls it.
 */
@NullMarked
package holdfast.client.session;

import org.jspecify.annotations.NullMarked;
