/**
 * The volumes of a replica group: vnodes, names, attributes, contents' versions, chunk counts,
 * clients and their answered requests, as a deterministic state machine over an ordered table.
 *
 * <p>It owns every row of the namespace table. It promises that the same commands in the same order
 * make the same table, that a command is applied whole or not at all, and that what it says was
 * touched is all that was. {@link holdfast.server.volume.VolumeState} takes commands from the log;
 * {@link holdfast.server.volume.VolumeReader} answers queries beside it. It knows no clock, no
 * randomness, no files and no promises: the file service above it does.
 */
@NullMarked
package holdfast.server.volume;

import org.jspecify.annotations.NullMarked;
