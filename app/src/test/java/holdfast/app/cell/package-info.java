/** Tests of how servers are put together. */
@NullMarked
package holdfast.app.cell;

import org.jspecify.annotations.NullMarked;
