/** What a data folder promises. */
@NullMarked
package holdfast.server.folder;

import org.jspecify.annotations.NullMarked;
