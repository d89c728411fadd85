package holdfast.wire.transport;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.RequestHeader;

import java.io.IOException;
import java.util.Optional;

/** One call over connections of a pool. */
record Attempt<Q extends Message, A extends Message>(
        ConnectionPool pool,
        CallTerms terms,
        Method<Q, A> method,
        RequestHeader header,
        Q request,
        Bulk.Source out,
        Bulk.Sink in,
        Deadline deadline) {

    /** Makes the call, on another connection when one used before turns out to be dead. */
    Transport.Answered<A> run() {
        while (true) {
            Optional<Transport.Answered<A>> answered = over(take());
            if (answered.isPresent()) {
                return answered.get();
            }
        }
    }

    private ConnectionPool.Lease take() {
        try {
            return pool.take(terms.role(), deadline);
        } catch (IOException e) {
            throw terms.unreachable(e);
        } catch (FailureException e) {
            throw terms.named(e);
        }
    }

    /** Empty: the connection was dead before anything was sent. */
    private Optional<Transport.Answered<A>> over(ConnectionPool.Lease lease) {
        ClientConnection connection = lease.connection();
        try {
            terms.checkRole(connection.role());
            pool.begins(connection, method.waits());
            Transport.Answered<A> answered = connection.ask(ask(), in);
            finish(connection);
            return Optional.of(answered);
        } catch (FailureException e) {
            finish(connection);
            throw terms.named(e);
        } catch (IOException e) {
            boolean inTime = connection.disarm();
            pool.discard(connection);
            if (lease.used() && inTime && isDead(connection, e)) {
                return Optional.empty();
            }
            throw terms.broken(connection.why(e), connection.requestSent(), !inTime);
        } catch (RuntimeException | Error e) {
            connection.disarm();
            pool.discard(connection);
            throw e;
        }
    }

    private static boolean isDead(ClientConnection connection, IOException e) {
        return !connection.requestSent()
                && !(e instanceof SourceFailedException)
                && !Thread.currentThread().isInterrupted();
    }

    private void finish(ClientConnection connection) {
        if (connection.disarm()) {
            pool.giveBack(connection);
        } else {
            pool.discard(connection);
        }
    }

    private ClientConnection.Ask<A> ask() {
        return new ClientConnection.Ask<>(
                method.kind(), terms.withTimeLeft(header, deadline), request, method.answer(), out);
    }
}
