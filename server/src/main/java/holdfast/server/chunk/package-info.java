/**
 * Contents outside the log: chunks named by their hash. It owns the chunk folder, its free space
 * and what was pushed when; it promises that a chunk that was synced and is named is never removed
 * and never given out damaged.
 */
@NullMarked
package holdfast.server.chunk;

import org.jspecify.annotations.NullMarked;
