/**
 * The calls between the members of a replica group. Their messages are in {@code members.proto}.
 */
@NullMarked
package holdfast.wire.members;

import org.jspecify.annotations.NullMarked;
