/** Tests of the room's values and rules. */
@NullMarked
package holdfast.model.volume;

import org.jspecify.annotations.NullMarked;
