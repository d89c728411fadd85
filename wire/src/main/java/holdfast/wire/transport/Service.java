package holdfast.wire.transport;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;

import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * What a server answers. Built once with {@link Builder}, then given to a server
 * ({@code TcpServer}, or a simulated one). Handlers run on virtual threads, many at once, may block
 * until the call's deadline, and fail by throwing {@link FailureException}; anything else thrown is
 * logged and answered as INTERNAL.
 */
public interface Service {
    /** The role this is, for WRONG_ROLE. */
    Role role();

    /** The same, answering also what {@code more} answers. */
    Service and(Service more);

    /**
     * A builder for a service of {@code role}; {@code term} gives the term named in each answer.
     */
    static Builder of(Role role, LongSupplier term) {
        return new ServiceTable.TableBuilder(role, term);
    }

    /** Handles one method. */
    @FunctionalInterface
    interface Handler<Q extends Message, A extends Message> {
        Reply<A> handle(Call<Q> call);
    }

    /**
     * Handles a callback channel, until it returns or throws; the channel is closed then. Its first
     * send or receive accepts the channel; if it throws a {@link FailureException} before that, the
     * client's opening fails with it, and later, its receive.
     */
    @FunctionalInterface
    interface ChannelHandler {
        void handle(RequestHeader header, Transport.Channel<FromServer, FromClient> channel);
    }

    /**
     * A request.
     *
     * @param deadline when the caller stops waiting
     * @param bulkLength how many bulk bytes follow it
     */
    record Call<Q>(
            RequestHeader header, Q request, Deadline deadline, long bulkLength, BulkReader bulk) {}

    /**
     * Reads the request's bulk bytes, all at once, at most once; unread ones are skipped or the
     * connection closed.
     */
    @FunctionalInterface
    interface BulkReader {
        void readTo(Bulk.Sink sink);
    }

    /**
     * An answer with the bulk bytes behind it.
     *
     * @param term that the answer rests on; empty: the service's when it is sent
     */
    record Reply<A>(A message, Bulk.Source bulk, OptionalLong term) {
        /** An answer that rests on no particular term. */
        public Reply(A message, Bulk.Source bulk) {
            this(message, bulk, OptionalLong.empty());
        }

        /** An answer without bulk. */
        public static <A> Reply<A> of(A message) {
            return new Reply<>(message, Bulk.Source.NONE);
        }

        /** The same, given in {@code term}, whatever has come since. */
        public Reply<A> in(long term) {
            return new Reply<>(message, bulk, OptionalLong.of(term));
        }
    }

    /** Collects handlers. */
    interface Builder {
        <Q extends Message, A extends Message> Builder on(
                Method<Q, A> method, Handler<Q, A> handler);

        /** Handles OpenCallbacks. */
        Builder onCallbacks(ChannelHandler handler);

        Service build();
    }
}
