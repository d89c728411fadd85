/** Tests of hosting state machines in logs on real disks. */
@NullMarked
package holdfast.server.replication;

import org.jspecify.annotations.NullMarked;
