/**
 * Contents as chunks: where they are cut, how they are named. The only room that knows the chunk
 * policy.
 */
@NullMarked
package holdfast.model.chunk;

import org.jspecify.annotations.NullMarked;
