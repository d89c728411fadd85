/** Tests of the room's values and rules. */
@NullMarked
package holdfast.model.id;

import org.jspecify.annotations.NullMarked;
