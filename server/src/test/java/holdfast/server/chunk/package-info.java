/** Tests of chunk stores on real disks. */
@NullMarked
package holdfast.server.chunk;

import org.jspecify.annotations.NullMarked;
