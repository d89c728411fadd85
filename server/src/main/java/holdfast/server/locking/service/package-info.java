/**
 * The locking service: brings time, waiting threads and the replicated log to
 * {@code server.locking}. It owns the leader's lock table and the sessions' liveness; the app gives
 * its {@code Service} to a server.
 */
@NullMarked
package holdfast.server.locking.service;

import org.jspecify.annotations.NullMarked;
