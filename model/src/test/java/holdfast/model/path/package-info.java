/** Tests of the room's values and rules. */
@NullMarked
package holdfast.model.path;

import org.jspecify.annotations.NullMarked;
