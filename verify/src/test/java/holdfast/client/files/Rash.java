package holdfast.client.files;

import com.google.protobuf.ByteString;

import holdfast.client.session.HeldLock;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Store;

import java.time.Duration;
import java.util.List;

/** What no client of ours does: servers must refuse it all the same. */
public final class Rash {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private Rash() {}

    /** Stores over {@code base}, which is not the file's version, under its lock. */
    public static void store(Cell cell, OpenFile file, long base, byte[] contents) {
        FileId id = file.stat().file();
        HeldLock lock = (HeldLock) Inside.field(file, "lock");
        ReplicaGroups groups = (ReplicaGroups) Inside.field(cell, "groups");
        Store request = Store.newBuilder()
                .setFile(id.value())
                .setBaseVersion(base)
                .setToken(lock.token())
                .setContents(Contents.newBuilder().setInline(ByteString.copyFrom(contents)))
                .setSize(contents.length)
                .build();
        Deadline deadline = Deadline.in(LIMIT, System::nanoTime);
        try {
            var unused = groups.at(
                    id,
                    deadline,
                    group -> group.change(
                            FileMethods.STORE,
                            request,
                            new OwnChange.Names.Unchanged(),
                            List.of(id),
                            deadline));
        } catch (FailureException e) {
            return; // as it should be
        }
    }
}
