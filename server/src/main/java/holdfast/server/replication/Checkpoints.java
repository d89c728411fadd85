package holdfast.server.replication;

import holdfast.server.replication.StateMachine.Applied;

import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;
import org.jspecify.annotations.Nullable;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A group's checkpoints: folders named {@code checkpoint.<term>.<index>}, each made under another
 * name and renamed when it is whole and durable. What was left half-made is removed at the start.
 */
final class Checkpoints implements StateMachineStorage {
    private static final Pattern NAME = Pattern.compile("checkpoint\\.(\\d+)\\.(\\d+)");
    private static final String HALF_MADE = "making.";

    private volatile Path folder = Path.of("");

    /** A whole checkpoint. */
    record Checkpoint(Path path, Applied at) {}

    @Override
    public void init(RaftStorage storage) throws IOException {
        folder = storage.getStorageDir().getStateMachineDir().toPath();
        Files.createDirectories(folder);
        for (Path left : children(HALF_MADE)) {
            remove(left);
        }
    }

    /** Where to make the next one. */
    Path begin(Applied at) throws IOException {
        Path path = folder.resolve(HALF_MADE + at.index());
        remove(path);
        return path;
    }

    /** The one made at {@code path} is whole. */
    void finish(Path path, Applied at) throws IOException {
        Path target = folder.resolve("checkpoint." + at.term() + "." + at.index());
        remove(target);
        for (Path file : files(path)) {
            DurableFiles.sync(file);
        }
        DurableFiles.sync(path);
        Files.move(path, target);
        DurableFiles.sync(folder);
    }

    Optional<Checkpoint> latest() throws IOException {
        return all().stream().max(Comparator.comparingLong(checkpoint -> checkpoint.at.index()));
    }

    private List<Checkpoint> all() throws IOException {
        List<Checkpoint> found = new ArrayList<>();
        for (Path path : children("checkpoint.")) {
            Matcher name = NAME.matcher(path.getFileName().toString());
            if (name.matches()) {
                Applied at =
                        new Applied(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)));
                found.add(new Checkpoint(path, at));
            }
        }
        return found;
    }

    private List<Path> children(String prefix) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .toList();
        }
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static void remove(Path root) throws IOException {
        if (Files.exists(root)) {
            try (Stream<Path> all = Files.walk(root)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
        try {
            Optional<Checkpoint> latest = latest();
            if (latest.isEmpty()) {
                return null;
            }
            List<FileInfo> files = new ArrayList<>();
            for (Path file : files(latest.get().path)) {
                files.add(new FileInfo(file, null));
            }
            return new FileListSnapshotInfo(
                    files, latest.get().at.term(), latest.get().at.index());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("checkpoints in " + folder, e);
        }
    }

    @Override
    public void format() {}

    @Override
    public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) throws IOException {
        int keep = Math.max(1, policy.getNumSnapshotsRetained());
        List<Checkpoint> newestFirst = all().stream()
                .sorted(Comparator.comparingLong((Checkpoint checkpoint) -> checkpoint.at.index())
                        .reversed())
                .toList();
        for (Checkpoint old : newestFirst.stream().skip(keep).toList()) {
            remove(old.path);
        }
    }

    @Override
    public File getSnapshotDir() {
        return folder.toFile();
    }
}
