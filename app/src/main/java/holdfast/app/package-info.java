/** The command line and the wiring: the only place that knows every other one. */
@NullMarked
package holdfast.app;

import org.jspecify.annotations.NullMarked;
