package holdfast.server.files;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.callback.Callbacks;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.log.AddClient;
import holdfast.wire.log.EndClient;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RegisterClient;
import holdfast.wire.proto.RegisterClientReply;
import holdfast.wire.proto.UnregisterClient;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The committed list of clients: who joins it before its first promise or change, and who leaves,
 * by its own word or by silence that outlasts all its retries (rules 3 and 5).
 */
final class Registrations {
    private static final int ENDED_AT_ONCE = 1_000;

    private final VolumeReader reader;
    private final Changes changes;
    private final Callbacks callbacks;
    private final Duration silence;
    private final Ticker ticker;
    private final Map<Long, Long> heardNanos = new ConcurrentHashMap<>();

    Registrations(
            VolumeReader reader,
            Changes changes,
            Callbacks callbacks,
            Duration silence,
            Ticker ticker) {
        this.reader = reader;
        this.changes = changes;
        this.callbacks = callbacks;
        this.silence = silence;
        this.ticker = ticker;
    }

    /** A term begins with these clients; each has been heard from just now, as it were. */
    void gained(Collection<Long> listed) {
        heardNanos.clear();
        listed.forEach(client -> heardNanos.put(client, ticker.nanos()));
    }

    /** A request or a renewal of this client has come; nothing when it is not in the list. */
    void heard(long client) {
        if (client != 0) {
            heardNanos.replace(client, ticker.nanos());
        }
    }

    RegisterClientReply register(Asked<RegisterClient> asked) {
        VolumeCommand.Builder add = VolumeCommand.newBuilder()
                .setCaller(asked.caller())
                .setAddClient(AddClient.getDefaultInstance());
        RegisterClientReply added = changes.quietlyOwn(add, asked.deadline()).getClient();
        heardNanos.put(added.getClient(), ticker.nanos());
        callbacks.registered(added.getClient());
        return added.toBuilder()
                .setLeaseMillis((int) callbacks.settings().lease().toMillis())
                .build();
    }

    Nothing unregister(Asked<UnregisterClient> asked) {
        long client = asked.client();
        if (reader.client(client).isEmpty()) {
            throw FailureException.of(
                    FailureCode.UNKNOWN_CLIENT, "the client is not registered here");
        }
        end(List.of(client), asked.deadline());
        return Nothing.getDefaultInstance();
    }

    /** Ends clients that were not heard from for long; how many. */
    int endSilent(Deadline deadline) {
        long oldest = ticker.nanos() - silence.toNanos();
        List<Long> silent = heardNanos.entrySet().stream()
                .filter(each -> each.getValue() - oldest < 0)
                .map(Map.Entry::getKey)
                .limit(ENDED_AT_ONCE)
                .toList();
        if (!silent.isEmpty()) {
            end(silent, deadline);
        }
        return silent.size();
    }

    /** Nothing is promised to them from now on; then the list is told. */
    private void end(List<Long> clients, Deadline deadline) {
        callbacks.forget(clients);
        var unused = changes.quietlyOwn(
                VolumeCommand.newBuilder()
                        .setEndClient(EndClient.newBuilder().addAllClients(clients)),
                deadline);
        clients.forEach(heardNanos::remove);
    }
}
