/**
 * An ordered table of bytes in which a file server's state machine keeps its namespace: on disk
 * (RocksDB, known only here) or in memory. It owns files and snapshots of the table, and knows
 * nothing of what is in it.
 */
@NullMarked
package holdfast.server.table;

import org.jspecify.annotations.NullMarked;
