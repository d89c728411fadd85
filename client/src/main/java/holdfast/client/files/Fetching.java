package holdfast.client.files;

import holdfast.client.cache.Filler;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Fetch;
import holdfast.wire.transport.Bulk;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * Brings pieces of one version of a file; STALE when that version is replaced and gone (rule 7).
 * Repeated until the deadline as long as no byte has arrived; bytes cut short are DAMAGED, and the
 * cache asks for them again.
 */
final class Fetching implements Filler {
    private final ReplicaGroups groups;
    private final FileId file;
    private final long dataVersion;
    private final LongAdder fetched;

    Fetching(ReplicaGroups groups, FileId file, long dataVersion, LongAdder fetched) {
        this.groups = groups;
        this.file = file;
        this.dataVersion = dataVersion;
        this.fetched = fetched;
    }

    @Override
    public void fetch(int first, int count, Bulk.Sink into, Deadline deadline) {
        Fetch request = Fetch.newBuilder()
                .setFile(file.value())
                .setDataVersion(dataVersion)
                .setFirst(first)
                .setCount(count)
                .build();
        AtomicBoolean begun = new AtomicBoolean();
        groups.at(
                file,
                deadline,
                group -> group.connection()
                        .ask(
                                FileMethods.FETCH,
                                request,
                                () -> Bulk.Source.NONE,
                                () -> once(into, begun),
                                deadline));
    }

    private Bulk.Sink once(Bulk.Sink into, AtomicBoolean begun) {
        if (begun.get()) {
            throw FailureException.of(
                    FailureCode.DAMAGED, "the connection was lost while bytes were arriving");
        }
        return (in, length) -> {
            begun.set(true);
            into.readFrom(in, length);
            fetched.add(length);
        };
    }
}
