/**
 * Everything that can go wrong, as values. The edges translate them once: to errno,
 * {@code IOException}, exit code.
 */
@NullMarked
package holdfast.model.failure;

import org.jspecify.annotations.NullMarked;
