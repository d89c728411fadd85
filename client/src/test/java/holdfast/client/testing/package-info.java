/** A whole cell in this process: real servers on the loopback network, with real disks. */
@NullMarked
package holdfast.client.testing;

import org.jspecify.annotations.NullMarked;
