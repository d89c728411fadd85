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
 */
public record Method<Q extends Message, A extends Message>(
        int kind,
        Role role,
        String name,
        boolean changes,
        long bulk,
        Parser<Q> request,
        Parser<A> answer) {}
