package holdfast.client.cache;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Working copies that were not stored: because it failed, or because the process that had them
 * ended first. Safe for many threads and processes: each working copy is in one pair of hands at a
 * time.
 */
public final class RecoveryStore {
    private static final String DIED = "the process that wrote it ended before it was stored";

    private final WorkFolder work;
    private final Cache cache;

    RecoveryStore(WorkFolder work, Cache cache) {
        this.work = work;
        this.cache = cache;
    }

    /** All that nobody works on, the oldest first. Those that were not changed are removed. */
    public List<KeptCopy> list() {
        return Failures.translating(cache.folder(), () -> {
            List<KeptCopy> kept = new ArrayList<>();
            for (WorkFolder.Entry entry : work.orphans()) {
                kept(entry).ifPresent(kept::add);
            }
            kept.sort(Comparator.comparing(KeptCopy::since).thenComparing(KeptCopy::id));
            return kept;
        });
    }

    private Optional<KeptCopy> kept(WorkFolder.Entry entry) throws IOException {
        WorkRecord record = entry.record();
        Optional<FileFacts> facts = FileFacts.of(work.data(record.id()));
        boolean worthKeeping = record.reason().isPresent()
                || facts.map(f -> WorkFolder.isChanged(record, f)).orElse(false);
        if (facts.isEmpty() || !worthKeeping) {
            if (work.claim(entry)) {
                work.remove(record.id());
            }
            return Optional.empty();
        }
        return Optional.of(new KeptCopy(
                record.id(),
                record.about(),
                facts.get().size(),
                Instant.ofEpochMilli(record.sinceMillis()),
                record.reason().orElse(DIED)));
    }

    /**
     * Takes it over, to be stored; what was written in it is not known, so all of it is cut.
     * NOT_FOUND, BUSY.
     */
    public WorkingCopy open(String id) {
        return Failures.translating(cache.folder(), () -> cache.reopen(claim(id)));
    }

    private WorkRecord claim(String id) throws IOException {
        for (WorkFolder.Entry entry : work.orphans()) {
            if (entry.record().id().equals(id)) {
                if (work.claim(entry)) {
                    return entry.record();
                }
                throw FailureException.of(
                        FailureCode.BUSY, "another process has just taken working copy " + id);
            }
        }
        throw FailureException.of(FailureCode.NOT_FOUND, "there is no kept working copy " + id);
    }

    /** Copies it to a local file, replacing what is there. */
    public void saveTo(String id, Path to) {
        Failures.doing(to, () -> {
            boolean found = false;
            for (WorkFolder.Entry entry : work.orphans()) {
                if (entry.record().id().equals(id)) {
                    Trees.copy(work.data(id), to);
                    found = true;
                }
            }
            if (!found) {
                throw FailureException.of(
                        FailureCode.NOT_FOUND, "there is no kept working copy " + id);
            }
        });
    }

    /** Removes it for good. */
    public void discard(String id) {
        Failures.doing(cache.folder(), () -> work.remove(claim(id).id()));
    }
}
