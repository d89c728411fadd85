/**
 * A file or locking server's tie to the directory service: it registers, heartbeats and hears which
 * volumes its group holds. It owns that loop and nothing of what is done with the news.
 */
@NullMarked
package holdfast.server.registration;

import org.jspecify.annotations.NullMarked;
