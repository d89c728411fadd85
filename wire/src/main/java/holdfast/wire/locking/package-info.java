/** The calls of the locking service. Their messages are in {@code locking.proto}. */
@NullMarked
package holdfast.wire.locking;

import org.jspecify.annotations.NullMarked;
