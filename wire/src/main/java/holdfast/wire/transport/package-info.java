/**
 * How a call gets from one process to another: typed methods, frames over TCP, bulk bytes,
 * deadlines, and the callback channel. Services and clients meet here and know nothing of each
 * other's inside. The network is one implementation of {@link holdfast.wire.transport.Transport}; a
 * test or a simulation brings another.
 */
@NullMarked
package holdfast.wire.transport;

import org.jspecify.annotations.NullMarked;
