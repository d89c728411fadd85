/** Values and pure rules of a cell. Everything else may use them; they use only the JDK. */
@NullMarked
package holdfast.model;

import org.jspecify.annotations.NullMarked;
