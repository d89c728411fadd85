/**
 * The cell as a file system: inodes, open files and listings, as
 * {@link holdfast.mount.fuse.FuseFileSystem} wants them, from
 * {@link holdfast.client.files.VnodeAccess}.
 *
 * <p>What the kernel may keep, and for how long, follows from promises: names and attributes as
 * long as a promise and the lease hold, contents as long as the version is the same. A break
 * reaches the kernel before it is acknowledged ({@code Freshness}).
 */
@NullMarked
package holdfast.mount.cell;

import org.jspecify.annotations.NullMarked;
