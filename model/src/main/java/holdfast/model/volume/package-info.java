/** The pure rules of vnodes: who may do what, and the bounds of attributes. */
@NullMarked
package holdfast.model.volume;

import org.jspecify.annotations.NullMarked;
