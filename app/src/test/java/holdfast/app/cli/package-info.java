/** Tests of the command line's own rules. */
@NullMarked
package holdfast.app.cli;

import org.jspecify.annotations.NullMarked;
