package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.RequestBounds;
import holdfast.wire.log.ClientRecord;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;

import java.util.Optional;

/**
 * The request table: each request of a client is carried out once (rule 5). Kept are the outcomes,
 * refusals too, of the requests that are not below the client's lowest open one. Refusals made here
 * are not kept; they mean that this time nothing was done.
 */
final class Requests {
    private final Pending rows;
    private final Records records;

    Requests(Pending rows) {
        this.rows = rows;
        this.records = new Records(rows);
    }

    /** The kept outcome; empty for a request that is to be carried out. */
    Optional<ByteString> admit(VolumeCommand command) {
        ClientRecord client = client(command);
        long request = command.getRequest();
        if (request < client.getLowestOpen()) {
            throw Refusal.of(
                    FailureCode.INDETERMINATE,
                    "the answer to request " + request + " is not kept any more");
        }
        if (request - lowestOpen(client, command) >= RequestBounds.AHEAD_MAX) {
            throw Refusal.of(
                    FailureCode.LIMIT,
                    "more than " + RequestBounds.AHEAD_MAX + " requests under way");
        }
        return request > client.getHighest()
                ? Optional.empty()
                : rows.get(Keys.answer(command.getClient(), request)).map(Requests::repeated);
    }

    /**
     * Keeps the outcome of an admitted command, and forgets those that nobody asks for again.
     * Returns the outcome's bytes.
     */
    ByteString keep(VolumeCommand command, VolumeOutcome outcome) {
        ClientRecord client = client(command);
        long id = command.getClient();
        long lowest = lowestOpen(client, command);
        long end = Math.min(lowest, client.getHighest() + 1);
        for (long request = client.getLowestOpen(); request < end; request++) {
            rows.delete(Keys.answer(id, request));
        }
        ByteString kept = outcome.toByteString();
        rows.put(Keys.answer(id, command.getRequest()), kept);
        rows.put(
                Keys.client(id),
                client.toBuilder()
                        .setLowestOpen(lowest)
                        .setHighest(Math.max(client.getHighest(), command.getRequest()))
                        .build()
                        .toByteString());
        return kept;
    }

    private ClientRecord client(VolumeCommand command) {
        return records.client(command.getClient()).orElseThrow(() -> {
            return Refusal.of(
                    FailureCode.UNKNOWN_CLIENT,
                    "client " + Long.toHexString(command.getClient()) + " is not registered");
        });
    }

    /** Never lower than it was, never above the request itself. */
    private static long lowestOpen(ClientRecord client, VolumeCommand command) {
        long claimed = Math.min(command.getLowestOpen(), command.getRequest());
        return Math.max(client.getLowestOpen(), claimed);
    }

    private static ByteString repeated(ByteString kept) {
        return Records.parse(VolumeOutcome.parser(), kept).toBuilder()
                .setRepeatedRequest(true)
                .build()
                .toByteString();
    }
}
