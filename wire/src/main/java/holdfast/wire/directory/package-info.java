/** The calls of the directory service. Their messages are in {@code directory.proto}. */
@NullMarked
package holdfast.wire.directory;

import org.jspecify.annotations.NullMarked;
