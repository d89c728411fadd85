/** Servers and clients that are killed, or stand still, while others work. */
@NullMarked
package holdfast.verify.faults;

import org.jspecify.annotations.NullMarked;
