package holdfast.client.files;

import com.google.protobuf.Message;

import holdfast.client.files.Flights.Flight;
import holdfast.client.files.OwnChange.Names;
import holdfast.client.session.GroupConnection;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.Changed;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Transport.Answered;

import java.util.List;
import java.util.function.BiFunction;

/** A replica group as this client sees it: the connection, and what is known of its vnodes. */
record ReplicaGroup(GroupConnection connection, VnodeCache vnodes, boolean promises) {

    /** Whether a request sent now should ask for promises. */
    boolean wantsPromises() {
        return promises && connection.lease().generation() != 0;
    }

    /** Asks something, and takes the promises in the answer. */
    <Q extends Message, A extends Message, T> T ask(
            Method<Q, A> method,
            Q request,
            Deadline deadline,
            BiFunction<Flight, Answered<A>, T> take) {
        Flight flight = vnodes.begin();
        try {
            return take.apply(flight, connection.ask(method, request, deadline));
        } finally {
            vnodes.end(flight);
        }
    }

    /** The answer to a change, and what is known of its vnode now. */
    record Outcome(Changed answer, CachedVnode vnode) {}

    /** Makes a change and takes its answer; {@code touched} is what it may have changed (1d). */
    <Q extends Message> Outcome change(
            Method<Q, Changed> method,
            Q request,
            Names names,
            List<FileId> touched,
            Deadline deadline) {
        Flight flight = vnodes.begin();
        vnodes.changing(names);
        try {
            Answered<Changed> answer = connection.change(method, request, deadline);
            CachedVnode vnode = vnodes.changed(flight, answer.term(), answer.message(), names);
            return new Outcome(answer.message(), vnode);
        } catch (FailureException e) {
            if (e.code() == FailureCode.INDETERMINATE || e.code() == FailureCode.CANCELLED) {
                vnodes.drop(touched);
            }
            throw e;
        } finally {
            vnodes.settled(names);
            vnodes.end(flight);
        }
    }
}
