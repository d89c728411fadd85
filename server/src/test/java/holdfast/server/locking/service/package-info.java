/** What {@code server.locking.service} promises, forced. */
@NullMarked
package holdfast.server.locking.service;

import org.jspecify.annotations.NullMarked;
