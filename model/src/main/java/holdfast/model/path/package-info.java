/** Names and paths of a cell. Names are bytes; a path here is proof that it is well-formed. */
@NullMarked
package holdfast.model.path;

import org.jspecify.annotations.NullMarked;
