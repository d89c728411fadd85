package holdfast.wire.transport;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;

/** The bulk bytes of a request, for its handler. */
final class RequestBulk implements Service.BulkReader {
    private final ServerConnection connection;
    private final BulkIn in;
    private boolean taken;

    RequestBulk(Link link, ServerConnection connection, long length) {
        this.connection = connection;
        this.in = link.bulk(length, connection::progress);
    }

    @Override
    public void readTo(Bulk.Sink sink) {
        if (taken) {
            throw new IllegalStateException("bulk is read only once");
        }
        taken = true;
        if (in.left() == 0) {
            return;
        }
        connection.progress();
        try {
            sink.readFrom(in, in.left());
        } catch (IOException e) {
            throw failure(e);
        } finally {
            connection.handling();
        }
    }

    /** What was not read. */
    BulkIn rest() {
        return in;
    }

    private FailureException failure(IOException e) {
        return in.broken()
                ? FailureException.of(FailureCode.UNAVAILABLE, "the client's bytes ended early")
                : new FailureException(
                        holdfast.model.failure.Failure.of(
                                FailureCode.LOCAL_IO,
                                "the server could not take the bytes: " + e.getMessage()),
                        e);
    }
}
