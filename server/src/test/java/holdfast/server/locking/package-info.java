/** What locks and sessions promise. */
@NullMarked
package holdfast.server.locking;

import org.jspecify.annotations.NullMarked;
