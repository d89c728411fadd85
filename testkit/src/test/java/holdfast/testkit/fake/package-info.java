/** What the doubles promise, and what the transport does on a network that fails. */
@NullMarked
package holdfast.testkit.fake;

import org.jspecify.annotations.NullMarked;
