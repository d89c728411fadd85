/** Real processes of this project, started, waited for, stopped and killed. */
@NullMarked
package holdfast.verify.processes;

import org.jspecify.annotations.NullMarked;
