/**
 * The directory service: brings time, heartbeats and the replicated log to
 * {@code server.directory}. It owns who is up, which only its leader knows; the app gives its
 * {@code Service} to a server.
 */
@NullMarked
package holdfast.server.directory.service;

import org.jspecify.annotations.NullMarked;
