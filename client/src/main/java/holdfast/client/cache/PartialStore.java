package holdfast.client.cache;

import holdfast.model.chunk.ContentId;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Contents of which only some pieces are here: what a fetch that failed had brought, or what
 * eviction left of a large file. Each is a folder, moved in and out as one, so that it is only ever
 * in one process's hands.
 */
final class PartialStore {
    static final String DATA = "data";
    static final String MAP = "map";

    private final Folder folder;
    private final ProcessFolder process;
    private final Generation generation;
    private final Clock clock;

    PartialStore(Folder folder, ProcessFolder process, Generation generation, Clock clock) {
        this.folder = folder;
        this.process = process;
        this.generation = generation;
        this.clock = clock;
    }

    /** Partial contents in this process's hands. */
    record Taken(Path home, PieceMap map) {
        Path data() {
            return home.resolve(DATA);
        }
    }

    /** Takes what is here of {@code id}, verified. */
    Optional<Taken> take(ContentId id) throws IOException {
        Path home = process.fresh();
        try {
            Files.move(folder.partial(id), home, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        Optional<PieceMap> map = PieceMap.read(home.resolve(MAP), id);
        Optional<FileFacts> facts = FileFacts.of(home.resolve(DATA));
        if (map.isEmpty()
                || facts.isEmpty()
                || facts.get().size() != map.get().manifest().size()) {
            Trees.remove(home);
            return Optional.empty();
        }
        return Optional.of(new Taken(home, trusted(id, home, map.get(), facts.get())));
    }

    /** Removes what is here of {@code id}; false when nothing is. */
    boolean remove(ContentId id) throws IOException {
        Path home = process.fresh();
        try {
            Files.move(folder.partial(id), home, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return false;
        }
        Trees.remove(home);
        return true;
    }

    /**
     * Hashes what is here of {@code id}; false when some of it was wrong, which is here no longer.
     */
    boolean verify(ContentId id) throws IOException {
        Optional<Taken> taken = take(id);
        if (taken.isEmpty()) {
            return true;
        }
        PieceMap map = taken.get().map();
        BitSet good = Verifier.check(taken.get().data(), map.manifest(), map.present());
        boolean same = good.equals(map.present());
        putBack(id, new Taken(taken.get().home(), new PieceMap(map.manifest(), good)));
        return same;
    }

    private PieceMap trusted(ContentId id, Path home, PieceMap map, FileFacts facts)
            throws IOException {
        if (generation.seals(id, map.manifest().size(), facts)) {
            return map;
        }
        BitSet good = Verifier.check(home.resolve(DATA), map.manifest(), map.present());
        return new PieceMap(map.manifest(), good);
    }

    /** Makes partial contents of {@code data}, a file of this process's own. */
    void put(ContentId id, PieceMap map, Path data) throws IOException {
        Path home = process.fresh();
        Files.createDirectory(home);
        Files.move(data, home.resolve(DATA), StandardCopyOption.ATOMIC_MOVE);
        putBack(id, new Taken(home, map), clock.instant().getEpochSecond());
    }

    /** Puts back what was taken; when others are here by now, they stay. */
    void putBack(ContentId id, Taken taken) throws IOException {
        long used = FileFacts.of(taken.data())
                .map(FileFacts::accessed)
                .orElse(clock.instant().getEpochSecond());
        putBack(id, taken, used);
    }

    private void putBack(ContentId id, Taken taken, long used) throws IOException {
        Files.write(taken.home().resolve(MAP), taken.map().pack());
        FileFacts.setTimes(taken.data(), used, OptionalLong.of(generation.seal(id)));
        try {
            Files.move(taken.home(), folder.partial(id), StandardCopyOption.ATOMIC_MOVE);
        } catch (DirectoryNotEmptyException | FileAlreadyExistsException e) {
            Trees.remove(taken.home());
        } catch (FileSystemException e) {
            Trees.remove(taken.home());
            if (!Files.exists(folder.partial(id))) {
                throw e;
            }
        }
    }
}
