package holdfast.server.replication;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A member's folder: the file {@code member} with its id, which is also what the owning process
 * locks, {@code groups/} with one folder for each group, and the empty file {@code others} once
 * there are other members.
 */
final class MemberFolder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MemberFolder.class);
    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

    private final FileChannel lock;
    private final String memberId;
    private final Path groups;

    private MemberFolder(FileChannel lock, String memberId, Path groups) {
        this.lock = lock;
        this.memberId = memberId;
        this.groups = groups;
    }

    /** Whether {@code text} could be a member's id. */
    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** Takes the folder for this process, making it if it is new. */
    static MemberFolder take(Path folder) {
        try {
            Path groups = Files.createDirectories(folder.resolve("groups"));
            FileChannel file = FileChannel.open(
                    folder.resolve("member"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            try {
                lock(file, folder);
                String id = idIn(file, folder);
                Folders.sync(folder);
                return new MemberFolder(file, id, groups);
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            throw unusable(folder, "can't be used: " + e, e);
        }
    }

    private static void lock(FileChannel file, Path folder) throws IOException {
        try {
            if (file.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            LOG.debug("{} is in use by this process", folder, e);
        }
        throw FailureException.of(
                FailureCode.MISCONFIGURED, folder + " is in use by another server");
    }

    private static String idIn(FileChannel file, Path folder) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(64);
        while (file.read(bytes) > 0) {}
        String found = StandardCharsets.US_ASCII.decode(bytes.flip()).toString().strip();
        if (isId(found)) {
            return found;
        }
        if (!found.isEmpty() || !Folders.isEmpty(folder.resolve("groups"))) {
            throw FailureException.of(
                    FailureCode.DAMAGED,
                    folder.resolve("member") + " does not hold a member's id: '" + found + "'");
        }
        String made = UUID.randomUUID().toString().replace("-", "");
        file.write(ByteBuffer.wrap((made + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
        file.force(true);
        return made;
    }

    private static FailureException unusable(Path folder, String why, IOException cause) {
        return new FailureException(
                Failure.of(FailureCode.MISCONFIGURED, folder + " " + why), cause);
    }

    String memberId() {
        return memberId;
    }

    /** Whether a group had other members, when that was noted last. */
    boolean hasOthers() {
        return Files.exists(others());
    }

    /** Notes it; a member that was never noted stands for election at once when it starts. */
    void noteOthers(boolean has) {
        try {
            if (has && !hasOthers()) {
                Files.createFile(others());
                Folders.sync(groups.resolve(".."));
            }
        } catch (IOException e) {
            LOG.warn("it could not be noted that there are other members: {}", e.toString());
        }
    }

    private Path others() {
        return groups.resolveSibling("others");
    }

    Path groups() {
        return groups;
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            LOG.warn("a member's folder was not released: {}", e.toString());
        }
    }
}
