/** Whether a mounted cell behaves as a local file system does, call by call. */
@NullMarked
package holdfast.verify.posix;

import org.jspecify.annotations.NullMarked;
