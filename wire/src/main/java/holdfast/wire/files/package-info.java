/** The calls of file servers. Their messages are in {@code files.proto}. */
@NullMarked
package holdfast.wire.files;

import org.jspecify.annotations.NullMarked;
