package holdfast.client.cache;

import holdfast.model.chunk.ContentId;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.UUID;

/**
 * Which objects need no hashing before use. The modification time of an object is not a time but a
 * seal: it says under which generation of the folder and for which contents the bytes were
 * verified. Whoever writes to the file changes it to the time of day. A reboot that was not clean
 * begins a new generation: what was not on the disk yet may be lost or torn.
 *
 * @param number counts the unclean reboots
 */
record Generation(long number) {
    private static final String FORMAT = "holdfast cache 1";
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** Seals lie between 1987 and 2004: no clock says that any more. */
    private static final long SEAL_BASE = 1L << 29;

    private static final int HASH_BITS = 17;
    private static final long GENERATION_MASK = (1 << 12) - 1;

    /**
     * Reads the folder's state, and begins a new generation after an unclean reboot. Under the
     * folder's lock.
     */
    static Generation enter(Folder folder, Usage usage) throws IOException {
        String boot = bootId();
        List<String> state = read(folder);
        if (state.get(1).equals(boot)) {
            return new Generation(Long.parseLong(state.get(2)));
        }
        long last = Long.parseLong(state.get(2));
        boolean clean = Files.exists(folder.clean());
        long now = clean ? last : last + 1;
        usage.unsynced(!clean);
        byte[] text = (FORMAT + "\n" + boot + "\n" + now + "\n").getBytes(StandardCharsets.UTF_8);
        Trees.replace(folder.state(), text, folder.root().resolve("state.new"), true);
        return new Generation(now);
    }

    private static List<String> read(Folder folder) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(folder.state());
        } catch (NoSuchFileException e) {
            return List.of(FORMAT, "", "0");
        }
        if (lines.isEmpty() || !lines.getFirst().equals(FORMAT)) {
            throw FailureException.of(
                    FailureCode.MISCONFIGURED,
                    "not a cache folder of this release: " + folder.root());
        }
        boolean whole = lines.size() == 3 && lines.get(2).matches("[0-9]{1,15}");
        // Damaged: any generation but those that the objects are likely to name.
        return whole
                ? lines
                : List.of(FORMAT, "", Integer.toString(new SecureRandom().nextInt(1, 4096)));
    }

    // Where there is no boot id each opening counts as a boot.
    private static String bootId() throws IOException {
        return Files.isReadable(BOOT_ID)
                ? Files.readString(BOOT_ID).strip()
                : UUID.randomUUID().toString();
    }

    /** Before an object is added: what was clean is so no longer. */
    static void beforeAdding(Folder folder, Usage usage) throws IOException {
        if (!usage.unsynced()) {
            if (Files.deleteIfExists(folder.clean())) {
                Trees.sync(folder.root());
            }
            usage.unsynced(true);
        }
    }

    /**
     * Makes all objects durable and says so. Under the folder's lock, by the last living process.
     */
    static void leaveClean(Folder folder, Usage usage) throws IOException {
        if (usage.unsynced()) {
            Posix.syncAll(folder.root());
            usage.unsynced(false);
        }
        if (!Files.exists(folder.clean())) {
            Files.write(folder.clean(), new byte[0]);
        }
    }

    /** The modification time, in seconds, that says {@code id}'s bytes are verified. */
    long seal(ContentId id) {
        byte[] hash = id.bytes();
        long bits = (hash[0] & 0xffL) << 9 | (hash[1] & 0xffL) << 1 | (hash[2] & 0xffL) >>> 7;
        return SEAL_BASE + ((number & GENERATION_MASK) << HASH_BITS) + bits;
    }

    /**
     * Whether {@code facts} are those of the whole, verified object {@code id} of {@code size}
     * bytes.
     */
    boolean seals(ContentId id, long size, FileFacts facts) {
        return facts.size() == size && facts.modified() == seal(id) && facts.modifiedNanos() == 0;
    }
}
