package holdfast.client.cache;

import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Manifest;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The whole objects of the folder. A file in {@code objects} is never written to: it comes in
 * complete, by a hard link or a rename, and goes by an unlink or a rename. So processes need no
 * lock: whoever links an object first has it for as long as it keeps its link, whatever others do
 * with the name.
 */
final class ObjectStore {
    private static final Set<PosixFilePermission> READ_ONLY =
            Set.of(PosixFilePermission.OWNER_READ);
    private static final long TOUCH_SECONDS = 60;

    private final Folder folder;
    private final ProcessFolder process;
    private final Generation generation;
    private final Usage usage;
    private final Clock clock;

    ObjectStore(
            Folder folder, ProcessFolder process, Generation generation, Usage usage, Clock clock) {
        this.folder = folder;
        this.process = process;
        this.generation = generation;
        this.usage = usage;
        this.clock = clock;
    }

    /**
     * A link of this process's own to the verified object {@code id}; empty when it is not here or
     * turns out to be damaged, in which case it is removed.
     */
    Optional<Path> link(ContentId id, long size, Optional<Manifest> known) throws IOException {
        Path own = process.fresh();
        try {
            Files.createLink(own, folder.object(id));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Optional<FileFacts> facts = FileFacts.of(own);
        if (facts.isPresent() && usable(own, id, size, known, facts.get())) {
            return Optional.of(own);
        }
        remove(id);
        Files.deleteIfExists(own);
        return Optional.empty();
    }

    private boolean usable(
            Path own, ContentId id, long size, Optional<Manifest> known, FileFacts facts)
            throws IOException {
        if (generation.seals(id, size, facts)) {
            if (facts.accessed() < now() - TOUCH_SECONDS || facts.accessed() > now()) {
                FileFacts.setTimes(own, now(), OptionalLong.empty());
            }
            return true;
        }
        Optional<Manifest> manifest = known.isPresent() ? known : manifest(id);
        if (facts.size() != size || !Verifier.holds(own, id, manifest)) {
            return false;
        }
        seal(own, id);
        return true;
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    private void seal(Path file, ContentId id) throws IOException {
        FileFacts.setTimes(file, now(), OptionalLong.of(generation.seal(id)));
    }

    /** The manifest kept beside {@code id}, when it is there. */
    Optional<Manifest> manifest(ContentId id) throws IOException {
        return PieceMap.readManifest(folder.manifest(id), id);
    }

    /**
     * Adds the complete, verified contents in {@code own}, a file in this process's folder, and
     * keeps {@code own} as a link. When the object is there by now, {@code own} stays apart and
     * goes when it is closed. The bytes were reserved.
     */
    void add(ContentId id, Optional<Manifest> manifest, Path own) throws IOException {
        prepare(id, manifest, own);
        try {
            Files.createLink(folder.object(id), own);
        } catch (FileAlreadyExistsException e) {
            // Another process was first: its object is as good, and this one is just as usable
            // until it is closed.
        }
    }

    /**
     * Moves the complete contents in {@code file} here; they replace the same contents. The bytes
     * were reserved.
     */
    void moveIn(ContentId id, Optional<Manifest> manifest, Path file) throws IOException {
        prepare(id, manifest, file);
        Files.move(file, folder.object(id), StandardCopyOption.ATOMIC_MOVE);
    }

    private void prepare(ContentId id, Optional<Manifest> manifest, Path file) throws IOException {
        Generation.beforeAdding(folder, usage);
        Files.createDirectories(folder.shard(id));
        if (manifest.isPresent()) {
            Path beside = folder.manifest(id);
            if (!Files.exists(beside)) {
                Trees.replace(
                        beside, PieceMap.packManifest(manifest.get()), process.fresh(), false);
            }
        }
        if (Files.getFileAttributeView(file, PosixFileAttributeView.class) != null) {
            Files.setPosixFilePermissions(file, READ_ONLY);
        }
        seal(file, id);
    }

    /** Unlinks the object; who has it open keeps it. */
    void remove(ContentId id) throws IOException {
        Files.deleteIfExists(folder.object(id));
        Files.deleteIfExists(folder.manifest(id));
    }

    /**
     * Moves the object to {@code to}, away from everybody, when no more than {@code ownLinks} other
     * names of it are there; else leaves it where it is. Whoever linked it before is counted, and
     * nobody can link it any more.
     */
    boolean takeAlone(ContentId id, Path to, int ownLinks) throws IOException {
        try {
            Files.move(folder.object(id), to, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return false;
        }
        int links = FileFacts.of(to).map(FileFacts::links).orElse(0);
        if (links == ownLinks + 1) {
            return true;
        }
        Files.move(to, folder.object(id), StandardCopyOption.ATOMIC_MOVE);
        return false;
    }
}
