/**
 * The Linux kernel's FUSE protocol, spoken directly: mounting, the loop of requests and answers,
 * what the kernel is told unasked, and passthrough. It owns the device's descriptor, the memory of
 * requests and the threads that read them. It knows nothing of cells: a
 * {@link holdfast.mount.fuse.FuseFileSystem} answers.
 *
 * <p>Start with {@link holdfast.mount.fuse.FuseMount} and
 * {@link holdfast.mount.fuse.FuseFileSystem}. It promises that each request is answered exactly
 * once, that no more than a bounded number is in flight, that what the kernel sends is checked
 * before it is used, and that an interrupt reaches the request it is meant for. Protocol versions
 * 7.31 to 7.45, little-endian and big-endian alike (numbers are in the machine's order).
 *
 * <p>Source: {@code include/uapi/linux/fuse.h} and {@code Documentation/filesystems/fuse} of Linux.
 */
@NullMarked
package holdfast.mount.fuse;

import org.jspecify.annotations.NullMarked;
