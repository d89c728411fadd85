package holdfast.server.replication;

import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A group's checkpoints: folders {@code checkpoint.<term>_<index>}, written under another name and
 * renamed when durable, so that one that is here is whole. To Ratis each is a snapshot of several
 * files, which it can send to another member.
 */
final class Checkpoints implements StateMachineStorage {
    private static final Pattern NAME = Pattern.compile("checkpoint\\.(\\d+)_(\\d+)");
    private static final String UNFINISHED = ".unfinished";
    private static final String SENT_HASH = ".md5";
    private static final String MOVED_ASIDE = ".tmp";

    /** A checkpoint on disk. */
    record Checkpoint(Path folder, StateMachine.Applied at) {}

    private @Nullable Path folder;
    private volatile Optional<SnapshotInfo> latest = Optional.empty();

    @Override
    public void init(RaftStorage storage) throws IOException {
        folder = storage.getStorageDir().getStateMachineDir().toPath();
        endReceiving(storage.getStorageDir().getTmpDir().toPath());
        Files.createDirectories(folder());
        for (Path entry : Folders.list(folder())) {
            if (entry.getFileName().toString().endsWith(UNFINISHED)) {
                Folders.delete(entry);
            }
        }
        find();
    }

    private Path folder() {
        if (folder == null) {
            throw new IllegalStateException("the checkpoints' folder is not known yet");
        }
        return folder;
    }

    /**
     * Whatever a crash left of taking a checkpoint in. Ratis gathers what comes in a folder of its
     * own, moves ours aside, moves that one here, and removes the old; files have their hashes
     * beside them until we adopt them. So a received checkpoint is taken when it is whole, and else
     * the old ones are.
     */
    private void endReceiving(Path gathered) throws IOException {
        for (Path entry : Folders.list(gathered)) {
            Folders.delete(entry);
        }
        for (Checkpoint checkpoint : newestFirst()) {
            List<Path> hashes = sentHashes(checkpoint);
            if (!allFit(hashes)) {
                Folders.delete(checkpoint.folder());
            } else if (!hashes.isEmpty()) {
                adopt(checkpoint);
            }
        }
        for (Path old : movedAside()) {
            if (newestFirst().isEmpty()) {
                Folders.delete(folder());
                Files.move(old, folder(), StandardCopyOption.ATOMIC_MOVE);
                Folders.sync(folder().resolve(".."));
            } else {
                Folders.delete(old);
            }
        }
    }

    private List<Path> movedAside() throws IOException {
        String name = folder().getFileName() + MOVED_ASIDE;
        return Folders.list(folder().resolveSibling("")).stream()
                .filter(entry -> entry.getFileName().toString().startsWith(name))
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    /** What lies beside the files of a checkpoint that was received and not adopted yet. */
    private static List<Path> sentHashes(Checkpoint checkpoint) throws IOException {
        return Folders.files(checkpoint.folder()).stream()
                .filter(file -> file.getFileName().toString().endsWith(SENT_HASH))
                .toList();
    }

    private static boolean allFit(List<Path> hashes) throws IOException {
        for (Path hash : hashes) {
            String name = hash.getFileName().toString();
            Path file = hash.resolveSibling(name.substring(0, name.length() - SENT_HASH.length()));
            MD5Hash sent = MD5FileUtil.readStoredMd5ForFile(file.toFile());
            if (!Files.exists(file)
                    || !MD5FileUtil.computeMd5ForFile(file.toFile()).equals(sent)) {
                return false;
            }
        }
        return true;
    }

    /** Looks for the newest checkpoint on disk. */
    Optional<Checkpoint> find() throws IOException {
        List<Checkpoint> all = newestFirst();
        latest = all.isEmpty() ? Optional.empty() : Optional.of(info(all.getFirst()));
        return all.stream().findFirst();
    }

    private List<Checkpoint> newestFirst() throws IOException {
        List<Checkpoint> found = new ArrayList<>();
        for (Path entry : Folders.list(folder())) {
            Matcher name = NAME.matcher(entry.getFileName().toString());
            if (name.matches()) {
                found.add(new Checkpoint(
                        entry,
                        new StateMachine.Applied(
                                Long.parseLong(name.group(1)), Long.parseLong(name.group(2)))));
            }
        }
        found.sort(Comparator.comparingLong((Checkpoint c) -> c.at().index()).reversed());
        return found;
    }

    /** What another member sent lies here as it came: makes it durable and like one of ours. */
    void adopt(Checkpoint received) throws IOException {
        Folders.syncAll(received.folder());
        Folders.sync(folder());
        Folders.sync(folder().resolve(".."));
        for (Path hash : sentHashes(received)) { // only now: they tell that it is not durable
            Files.delete(hash);
        }
        latest = Optional.of(info(received));
    }

    /** Makes the checkpoint at {@code at} out of what {@code writer} writes. */
    void make(StateMachine.Applied at, Consumer<Path> writer) throws IOException {
        Path whole = folder().resolve("checkpoint." + at.term() + "_" + at.index());
        if (Files.exists(whole)) {
            return;
        }
        Path part = folder().resolve(whole.getFileName() + UNFINISHED);
        Folders.delete(part);
        writer.accept(part);
        Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
        Folders.sync(folder());
        latest = Optional.of(info(new Checkpoint(whole, at)));
    }

    private static SnapshotInfo info(Checkpoint checkpoint) throws IOException {
        List<FileInfo> files = new ArrayList<>();
        for (Path file : Folders.files(checkpoint.folder())) {
            files.add(new HashedWhenSent(file.toAbsolutePath()));
        }
        StateMachine.Applied at = checkpoint.at();
        return new FileListSnapshotInfo(files, TermIndex.valueOf(at.term(), at.index()));
    }

    @Override
    @SuppressWarnings("NullAway") // Ratis' word for "none"
    public @Nullable SnapshotInfo getLatestSnapshot() {
        return latest.orElse(null);
    }

    @Override
    public void format() {}

    @Override
    public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) throws IOException {
        List<Checkpoint> all = newestFirst();
        int kept = Math.max(1, policy.getNumSnapshotsRetained());
        for (Checkpoint old : all.subList(Math.min(kept, all.size()), all.size())) {
            Path part = old.folder().resolveSibling(old.folder().getFileName() + UNFINISHED);
            Files.move(old.folder(), part, StandardCopyOption.ATOMIC_MOVE);
            Folders.delete(part);
        }
    }

    /** A checkpoint's file; its hash costs reading it, and is needed only for sending. */
    private static final class HashedWhenSent extends FileInfo {
        HashedWhenSent(Path file) {
            super(file, null);
        }

        @Override
        public MD5Hash getFileDigest() {
            try {
                return MD5FileUtil.computeMd5ForFile(getPath().toFile());
            } catch (IOException e) {
                throw new UncheckedIOException("hashing " + getPath(), e);
            }
        }
    }
}
