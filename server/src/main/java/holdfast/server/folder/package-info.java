/**
 * A server's data folder: whose it is, that only one process uses it, and small files written so
 * that a crash leaves the old or the new. Every server role opens its folder here first.
 */
@NullMarked
package holdfast.server.folder;

import org.jspecify.annotations.NullMarked;
