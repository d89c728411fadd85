package holdfast.wire.transport;

import com.google.protobuf.Message;

import holdfast.model.time.Deadline;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RequestHeader;

/**
 * The client's side of the wire. Safe for many threads. All waits end at the deadline.
 *
 * <p>Failures: UNAVAILABLE (could not be reached, in time, and nothing was done; or the answer to a
 * reading call was lost), INDETERMINATE (a changing call was sent and its answer lost), TIMED_OUT
 * (a reading call was not answered in time, or no time was left to begin), WRONG_VERSION,
 * WRONG_ROLE, DAMAGED, LOCAL_IO (source or sink failed) and whatever the server answered. Each
 * names the server's role and address. Interrupting the calling thread ends a call as CANCELLED, or
 * INDETERMINATE when it changes state. It does not retry, but for a pooled connection found dead
 * before anything was sent.
 */
public interface Transport extends AutoCloseable {

    /**
     * Calls {@code method} at {@code server} without bulk bytes. The header's time left is filled
     * in here.
     */
    default <Q extends Message, A extends Message> Answered<A> call(
            Address server,
            Method<Q, A> method,
            RequestHeader header,
            Q request,
            Deadline deadline) {
        return call(server, method, header, request, Bulk.Source.NONE, Bulk.Sink.NONE, deadline);
    }

    /**
     * Calls {@code method}; sends {@code out} behind the request and gives the answer's bulk bytes
     * to {@code in}. A failure of source or sink ends the call and the connection.
     */
    <Q extends Message, A extends Message> Answered<A> call(
            Address server,
            Method<Q, A> method,
            RequestHeader header,
            Q request,
            Bulk.Source out,
            Bulk.Sink in,
            Deadline deadline);

    /** Opens the callback channel to a file server (OpenCallbacks). */
    Channel<FromClient, FromServer> openCallbacks(
            Address server, RequestHeader header, Deadline deadline);

    /** Closes all connections; calls under way end as INDETERMINATE or UNAVAILABLE. */
    @Override
    void close();

    /**
     * An answer.
     *
     * @param term of the leader that gave it, 0 where there is none
     */
    record Answered<A>(A message, long term) {}

    /**
     * A connection that carries messages in both directions, in order. Sending and receiving may go
     * on at once.
     */
    interface Channel<S, R> extends AutoCloseable {
        /**
         * Sends; UNAVAILABLE when the channel is closed, TIMED_OUT when the other side does not
         * take it.
         */
        void send(S message, Deadline deadline);

        /** The next message; UNAVAILABLE when the channel is closed, TIMED_OUT when none came. */
        R receive(Deadline deadline);

        /** Closes it; the other side's receive ends. Never fails. */
        @Override
        void close();
    }
}
