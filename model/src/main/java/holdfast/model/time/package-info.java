/** Deadlines and clocks. The only room that reads the machine's clocks. */
@NullMarked
package holdfast.model.time;

import org.jspecify.annotations.NullMarked;
