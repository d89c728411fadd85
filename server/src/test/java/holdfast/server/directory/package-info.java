/** What the cell's map promises. */
@NullMarked
package holdfast.server.directory;

import org.jspecify.annotations.NullMarked;
