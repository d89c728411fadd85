/** Whole cells of real processes, used as a user does. */
@NullMarked
package holdfast.verify.cell;

import org.jspecify.annotations.NullMarked;
