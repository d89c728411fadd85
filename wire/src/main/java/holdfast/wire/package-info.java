/** What clients and servers say to each other: messages, and the ways they travel. */
@NullMarked
package holdfast.wire;

import org.jspecify.annotations.NullMarked;
