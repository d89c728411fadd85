/**
 * Hosting deterministic state machines in replicated logs. The only room that knows the consensus
 * engine. It owns logs, terms, leadership and snapshots; it promises that a proposal is answered
 * only when it is durable and applied.
 */
@NullMarked
package holdfast.server.replication;

import org.jspecify.annotations.NullMarked;
