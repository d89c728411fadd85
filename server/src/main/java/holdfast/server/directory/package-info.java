/**
 * Which volume is mounted where, which group holds it, and which servers there are: a state that
 * changes only by committed commands. It knows neither time nor disk; the service in front of it
 * does.
 */
@NullMarked
package holdfast.server.directory;

import org.jspecify.annotations.NullMarked;
