/**
 * The wiring: which parts a process has and how they find each other. The only room that builds
 * servers, and with {@code model.time} the only one that reads the wall clock.
 */
@NullMarked
package holdfast.app.cell;

import org.jspecify.annotations.NullMarked;
