package holdfast.wire.transport;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import holdfast.wire.proto.Role;

/**
 * One kind of call: its number on the wire, the role that serves it, its request and its answer.
 *
 * @param kind 1 to 65,535; never reused
 * @param role who serves it; ROLE_NONE: every server
 * @param name for people and metrics
 * @param changes whether it changes state, so that a lost answer means "outcome unknown"
 * @param bulk the most bulk bytes that a request may carry, 0 for none
 * @param waits whether its handler may wait long for other clients, so that it is interrupted when
 *     its caller goes away
 */
public record Method<Q extends Message, A extends Message>(
        int kind,
        Role role,
        String name,
        boolean changes,
        long bulk,
        boolean waits,
        Parser<Q> request,
        Parser<A> answer) {

    /** A method whose handler does not wait for other clients. */
    public Method(
            int kind,
            Role role,
            String name,
            boolean changes,
            long bulk,
            Parser<Q> request,
            Parser<A> answer) {
        this(kind, role, name, changes, bulk, false, request, answer);
    }
}
