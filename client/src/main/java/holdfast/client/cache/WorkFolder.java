package holdfast.client.cache;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Working copies on disk: {@code <id>.data} holds the bytes, {@code <id>@<owner>.about} the record;
 * its owner is a process, or {@code kept} for whoever wants it. The record is there before the data
 * can be written to and goes after it. To change the owner the record is renamed: only one can.
 */
final class WorkFolder {
    private static final Logger LOG = LoggerFactory.getLogger(WorkFolder.class);
    private static final String KEPT = "kept";
    private static final String ABOUT = ".about";
    private static final int ID_BYTES = 5;

    private final Folder folder;
    private final ProcessFolder process;
    private final SecureRandom random = new SecureRandom();

    WorkFolder(Folder folder, ProcessFolder process) {
        this.folder = folder;
        this.process = process;
    }

    /** A record on disk. */
    record Entry(WorkRecord record, String owner) {}

    String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    Path data(String id) {
        return folder.work().resolve(id + ".data");
    }

    private Path about(String id, String owner) {
        return folder.work().resolve(id + "@" + owner + ABOUT);
    }

    /** The record's file while this process has the working copy. */
    Path about(String id) {
        return about(id, process.name());
    }

    /**
     * Writes the first record. Should the process die in the middle, the data was not touched yet.
     */
    void create(WorkRecord record) throws IOException {
        Files.write(about(record.id()), record.pack());
    }

    /** Replaces the record: after a crash the old or the new one is there. */
    void update(WorkRecord record, boolean durable) throws IOException {
        Path temporary = folder.work().resolve(record.id() + ".new");
        Trees.replace(about(record.id()), record.pack(), temporary, durable);
    }

    /** Makes record and data durable. */
    void sync(String id) throws IOException {
        Trees.sync(about(id));
        Trees.sync(folder.work());
    }

    /** Gives it up to whoever wants it, durably. On a full disk its reason may stay unsaid. */
    void release(WorkRecord record) throws IOException {
        try {
            update(record, true);
        } catch (IOException e) {
            LOG.warn(
                    "Why working copy {} was kept could not be written: {}",
                    record.id(),
                    e.toString());
        }
        Trees.sync(data(record.id()));
        Files.move(about(record.id()), about(record.id(), KEPT), StandardCopyOption.ATOMIC_MOVE);
        Trees.sync(folder.work());
    }

    /** Takes over a working copy that nobody works on; false when another process did first. */
    boolean claim(Entry entry) throws IOException {
        try {
            Path from = about(entry.record.id(), entry.owner);
            Files.move(from, about(entry.record.id()), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    void remove(String id) throws IOException {
        Files.deleteIfExists(data(id));
        Files.deleteIfExists(about(id));
    }

    /** The data became something else. */
    void removeRecord(String id) throws IOException {
        Files.delete(about(id));
    }

    /** Those that nobody works on: kept ones, and those of dead processes. */
    List<Entry> orphans() throws IOException {
        List<Entry> found = new ArrayList<>();
        try (DirectoryStream<Path> records =
                Files.newDirectoryStream(folder.work(), "*@*" + ABOUT)) {
            for (Path file : records) {
                String name = String.valueOf(file.getFileName());
                int at = name.indexOf('@');
                String owner = name.substring(at + 1, name.length() - ABOUT.length());
                if (owner.equals(KEPT) || !ProcessFolder.lives(folder, owner)) {
                    read(file, owner).ifPresent(found::add);
                }
            }
        }
        return found;
    }

    private static Optional<Entry> read(Path file, String owner) throws IOException {
        try {
            Optional<Entry> entry = WorkRecord.unpack(Files.readAllBytes(file))
                    .map(record -> new Entry(record, owner));
            if (entry.isEmpty()) {
                LOG.warn(
                        "The record of a working copy is damaged; it is left where it is: {}",
                        file);
            }
            return entry;
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /**
     * Whether the data differs from the base, as far as its size and time tell; empty when there is
     * none.
     */
    Optional<Boolean> changed(WorkRecord record) throws IOException {
        return FileFacts.of(data(record.id())).map(facts -> isChanged(record, facts));
    }

    static boolean isChanged(WorkRecord record, FileFacts facts) {
        return facts.size() != record.baseSize()
                || facts.modified() != record.mark()
                || facts.modifiedNanos() != 0;
    }
}
