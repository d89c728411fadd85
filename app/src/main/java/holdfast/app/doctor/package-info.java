/**
 * Looks at what a cell's user can mend: this machine, and which servers answer. Changes nothing.
 */
@NullMarked
package holdfast.app.doctor;

import org.jspecify.annotations.NullMarked;
