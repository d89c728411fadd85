/** Tests of clocks and deadlines. */
@NullMarked
package holdfast.model.time;

import org.jspecify.annotations.NullMarked;
