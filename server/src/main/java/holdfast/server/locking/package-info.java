/**
 * Locks: who holds them, who waits, with which tokens (rule 4), and which sessions there are. Pure:
 * the table is told what happens and answers what follows from it; the committed state changes only
 * by commands. The service in front of them brings time, threads and the log.
 */
@NullMarked
package holdfast.server.locking;

import org.jspecify.annotations.NullMarked;
