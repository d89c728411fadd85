/**
 * Doubles of what lies outside a program: a clock that only moves when told, a network that fails
 * on demand. They hold no rules of the product, and any test may use them.
 */
@NullMarked
package holdfast.testkit.fake;

import org.jspecify.annotations.NullMarked;
