/** Rules and tests that concern the whole system. */
@NullMarked
package holdfast.verify;

import org.jspecify.annotations.NullMarked;
