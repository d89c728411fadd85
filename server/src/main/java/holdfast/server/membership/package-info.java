/**
 * How a server becomes a member of a group that others founded, and how members are shown, taken in
 * and let go. It knows a data folder's group; what a member is, {@code server.replication} knows.
 */
@NullMarked
package holdfast.server.membership;

import org.jspecify.annotations.NullMarked;
