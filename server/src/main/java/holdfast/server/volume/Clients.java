package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.wire.log.ClientRecord;
import holdfast.wire.log.EndClient;
import holdfast.wire.log.GroupRecord;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RegisterClientReply;
import holdfast.wire.proto.Time;

import java.util.ArrayList;
import java.util.List;

/** The committed list of clients (rules 3 and 5). */
final class Clients {
    /** The most clients of one group. */
    static final int CLIENTS_MAX = 65_536;

    private static final long IDS_PER_MILLI = 1L << 12;
    private static final long MILLIS_PER_SECOND = 1_000;
    private static final int NANOS_PER_MILLI = 1_000_000;

    private final Edit edit;

    Clients(Edit edit) {
        this.edit = edit;
    }

    /**
     * Adds a client. Ids grow with the command's time, so that a group that was founded anew does
     * not give out those of its predecessor.
     */
    void add(VolumeCommand command) {
        GroupRecord.Builder group = edit.group();
        if (group.getClients() >= CLIENTS_MAX) {
            throw Refusal.of(FailureCode.LIMIT, "the group has " + CLIENTS_MAX + " clients");
        }
        long id = Math.max(group.getLastClient() + 1, millis(edit.time()) * IDS_PER_MILLI);
        group.setLastClient(id).setClients(group.getClients() + 1);
        Caller caller = command.getCaller().toBuilder().clearProof().build();
        ClientRecord record = ClientRecord.newBuilder()
                .setCaller(caller)
                .setSince(edit.time())
                .setLowestOpen(1)
                .build();
        edit.rows().put(Keys.client(id), record.toByteString());
        edit.outcome().setClient(RegisterClientReply.newBuilder().setClient(id));
    }

    /** Forgets clients and their answers; an unknown one is forgotten already. */
    void end(EndClient end) {
        for (long id : end.getClientsList()) {
            if (edit.records().client(id).isPresent()) {
                remove(id);
            }
        }
    }

    private void remove(long id) {
        List<ByteString> keys = new ArrayList<>();
        keys.add(Keys.client(id));
        ByteString prefix = Keys.answers(id);
        edit.rows().scan(prefix, prefix, (key, value) -> keys.add(key));
        keys.forEach(edit.rows()::delete);
        edit.group().setClients(edit.group().getClients() - 1);
    }

    private static long millis(Time time) {
        return time.getSeconds() * MILLIS_PER_SECOND + time.getNanos() / NANOS_PER_MILLI;
    }
}
