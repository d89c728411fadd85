package holdfast.client.session;

import holdfast.wire.proto.Broken;

import java.util.List;

/**
 * Keeps what one group promised to this client. Each call returns when no later open can use what
 * it takes away; none waits for a server, a disk or a kernel lock (rule 1e).
 */
public interface PromiseKeeper {
    /** These promises are broken. */
    void broken(List<Broken> items);

    /** All promises are void: a new term, or a lease that ended. */
    void voided();

    /** A lease begins anew: what is known may be checked in bulk, at a bounded pace (rule 3). */
    void leaseBegan(long generation);
}
