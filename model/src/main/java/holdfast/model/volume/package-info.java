/** The pure rules of vnodes: who may do what, and the bounds of attributes and of requests. */
@NullMarked
package holdfast.model.volume;

import org.jspecify.annotations.NullMarked;
