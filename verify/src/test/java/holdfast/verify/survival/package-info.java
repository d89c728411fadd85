/**
 * The long run: a cell of real processes on machines of their own, all kinds of faults, and clients
 * whose history is checked afterwards.
 */
@NullMarked
package holdfast.verify.survival;

import org.jspecify.annotations.NullMarked;
