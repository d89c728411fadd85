package holdfast.mount.fuse;

import java.nio.ByteBuffer;

/**
 * Bytes to write.
 *
 * @param node the inode
 * @param handle the open file
 * @param offset where they go
 * @param data the bytes: read-only, outside the heap, and only valid until the operation returns
 * @param fromCache whether they come from a shared mapping rather than from a write call; the
 *     handle is then any that may write
 */
public record WriteRequest(
        long node, long handle, long offset, ByteBuffer data, boolean fromCache) {}
