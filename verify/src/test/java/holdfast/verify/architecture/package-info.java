/**
 * The rules of the house: which room may use which. A rule that stands in the way of a better cut
 * is changed here and in {@code docs/architecture.md} together.
 */
@NullMarked
package holdfast.verify.architecture;

import org.jspecify.annotations.NullMarked;
