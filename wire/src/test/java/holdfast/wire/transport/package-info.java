/** Tests of the transport over real loopback sockets. */
@NullMarked
package holdfast.wire.transport;

import org.jspecify.annotations.NullMarked;
