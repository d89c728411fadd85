/** What {@code server.registration} promises, forced. */
@NullMarked
package holdfast.server.registration;

import org.jspecify.annotations.NullMarked;
