package holdfast.client.cache;

import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Manifest;
import holdfast.model.time.Deadline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Shows and checks what is in the folder, without changing when it was used. */
final class Inspection {
    private final Folder folder;
    private final ProcessFolder process;
    private final ObjectStore objects;
    private final PartialStore partials;
    private final OpenTable table;
    private final Notes notes;
    private final Usage usage;

    Inspection(
            Folder folder,
            ProcessFolder process,
            ObjectStore objects,
            PartialStore partials,
            OpenTable table,
            Notes notes,
            Usage usage) {
        this.folder = folder;
        this.process = process;
        this.objects = objects;
        this.partials = partials;
        this.table = table;
        this.notes = notes;
        this.usage = usage;
    }

    /** All objects, the last used first. */
    List<CachedObject> list() throws IOException {
        Map<ContentId, Origin> known = notes.all();
        List<CachedObject> all = new ArrayList<>();
        for (Scan.Found found : found()) {
            all.add(object(found, Optional.ofNullable(known.get(found.id()))));
        }
        all.sort(Comparator.comparing(CachedObject::used)
                .reversed()
                .thenComparing(CachedObject::hash));
        return all;
    }

    private List<Scan.Found> found() throws IOException {
        List<Scan.Found> all = new ArrayList<>();
        Scan.objects(folder, all::add);
        return all;
    }

    private static CachedObject object(Scan.Found found, Optional<Origin> origin) {
        return new CachedObject(
                found.id().hex(),
                found.bytes(),
                found.whole(),
                Instant.ofEpochSecond(found.used()),
                origin);
    }

    /** Hashes all objects; removes and returns those whose bytes are wrong. */
    List<CachedObject> verify(Deadline deadline) throws IOException {
        Map<ContentId, Origin> known = notes.all();
        List<CachedObject> damaged = new ArrayList<>();
        for (Scan.Found found : found()) {
            deadline.check("checking the cache");
            boolean good = found.whole() ? wholeIsGood(found) : partials.verify(found.id());
            if (!good) {
                damaged.add(object(found, Optional.ofNullable(known.get(found.id()))));
            }
        }
        return damaged;
    }

    /**
     * False when it was damaged and is removed. One whose manifest is lost can't be checked, so it
     * goes too.
     */
    private boolean wholeIsGood(Scan.Found found) throws IOException {
        Path own = process.fresh();
        try {
            Files.createLink(own, folder.object(found.id()));
        } catch (NoSuchFileException e) {
            return true; // evicted meanwhile
        }
        try {
            Optional<Manifest> manifest = objects.manifest(found.id());
            boolean good = Verifier.holds(own, found.id(), manifest);
            if (good) {
                FileFacts.setTimes(own, found.used(), OptionalLong.empty());
            } else {
                table.expel(found.id());
                objects.remove(found.id());
                usage.removed(found.bytes());
            }
            return good;
        } finally {
            Files.deleteIfExists(own);
        }
    }
}
