/** The command line: parses what was typed, asks the client or starts a cell, prints the result. */
@NullMarked
package holdfast.app.cli;

import org.jspecify.annotations.NullMarked;
