/** Small programs written with the public API only. */
@NullMarked
package holdfast.examples;

import org.jspecify.annotations.NullMarked;
