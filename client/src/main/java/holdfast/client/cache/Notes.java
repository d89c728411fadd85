package holdfast.client.cache;

import holdfast.model.chunk.ContentId;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where contents were seen last, for people: lines that are appended, one file for each first digit
 * of the contents' names. The last line about contents counts; a torn line counts for nothing.
 * Lines are gathered and written a few hundred at a time: those of a process that is killed are
 * lost, which harms nobody. A file that has grown much is written anew without what is gone.
 */
final class Notes {
    private static final int FIELDS = 4;
    private static final int SHARDS = 16;
    private static final int GATHERED_MAX = 512;
    private static final long COMPACT_BYTES_MIN = 256 * 1024;
    private static final int COMPACT_GROWTH = 4;

    private final Folder folder;
    private final ProcessFolder process;
    private final ReentrantLock lock = new ReentrantLock();
    private Map<ContentId, Origin> gathered = new LinkedHashMap<>(); // guarded by lock
    private final AtomicLongArray compactAt = new AtomicLongArray(SHARDS);

    Notes(Folder folder, ProcessFolder process) {
        this.folder = folder;
        this.process = process;
        for (int i = 0; i < SHARDS; i++) {
            compactAt.set(i, COMPACT_BYTES_MIN);
        }
    }

    /** Notes that {@code id} is what {@code origin} names. */
    void add(ContentId id, Origin origin) throws IOException {
        boolean full;
        lock.lock();
        try {
            gathered.put(id, origin);
            full = gathered.size() >= GATHERED_MAX;
        } finally {
            lock.unlock();
        }
        if (full) {
            flush();
        }
    }

    /** Writes what was gathered. */
    void flush() throws IOException {
        Map<ContentId, Origin> taken;
        lock.lock();
        try {
            taken = gathered;
            gathered = new LinkedHashMap<>();
        } finally {
            lock.unlock();
        }
        Map<Path, StringBuilder> texts = new TreeMap<>();
        taken.forEach(
                (id, origin) -> texts.computeIfAbsent(folder.notes(id), _ -> new StringBuilder())
                        .append(format(id, origin))
                        .append('\n'));
        for (Map.Entry<Path, StringBuilder> text : texts.entrySet()) {
            append(text.getKey(), text.getValue().toString());
        }
    }

    private void append(Path notes, String lines) throws IOException {
        byte[] bytes = lines.getBytes(StandardCharsets.US_ASCII);
        long size;
        try (FileChannel file =
                FileChannel.open(notes, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            int _ = file.write(ByteBuffer.wrap(bytes)); // at once, so lines don't mix
            size = file.size();
        }
        int shard = Integer.parseInt(String.valueOf(notes.getFileName()), 16);
        if (size > compactAt.get(shard)) {
            compact(notes, shard);
        }
    }

    private void compact(Path notes, int shard) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<ContentId, Origin> note : read(notes).entrySet()) {
            if (Files.exists(folder.object(note.getKey()))
                    || Files.exists(folder.partial(note.getKey()))) {
                text.append(format(note.getKey(), note.getValue())).append('\n');
            }
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
        Trees.replace(notes, bytes, process.fill(), false);
        compactAt.set(shard, Math.max(COMPACT_BYTES_MIN, (long) COMPACT_GROWTH * bytes.length));
    }

    /** All that is noted. */
    Map<ContentId, Origin> all() throws IOException {
        flush();
        Map<ContentId, Origin> all = new HashMap<>();
        for (int i = 0; i < SHARDS; i++) {
            all.putAll(read(folder.notes().resolve(Integer.toHexString(i))));
        }
        return all;
    }

    private static Map<ContentId, Origin> read(Path file) throws IOException {
        Map<ContentId, Origin> notes = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
                parse(line, notes);
            }
        } catch (NoSuchFileException e) {
            // nothing is noted
        }
        return notes;
    }

    private static String format(ContentId id, Origin origin) {
        StringBuilder line = new StringBuilder(id.hex());
        line.append(' ').append(Long.toHexString(origin.file().value()));
        line.append(' ').append(origin.dataVersion()).append(' ');
        origin.path().names().forEach(name -> escape(name.bytes(), line.append('/')));
        return origin.path().isRoot() ? line + "/" : line.toString();
    }

    private static void escape(byte[] name, StringBuilder line) {
        for (byte b : name) {
            if (b > ' ' && b < 0x7f && b != '%') {
                line.append((char) b);
            } else {
                line.append('%').append(HexFormat.of().toHexDigits(b));
            }
        }
    }

    private static void parse(String line, Map<ContentId, Origin> notes) {
        String[] fields = line.split(" ", -1);
        if (fields.length != FIELDS) {
            return;
        }
        try {
            FileId file = new FileId(Long.parseUnsignedLong(fields[1], 16));
            Origin origin = new Origin(path(fields[3]), file, Long.parseLong(fields[2]));
            notes.put(ContentId.ofHex(fields[0]), origin);
        } catch (RuntimeException e) {
            // torn: it says nothing
        }
    }

    private static CellPath path(String text) {
        List<Name> names = new ArrayList<>();
        for (String name : text.substring(1).split("/", -1)) {
            if (!name.isEmpty()) {
                names.add(Name.of(unescape(name)));
            }
        }
        return new CellPath(names);
    }

    private static byte[] unescape(String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) == '%') {
                bytes.write(HexFormat.fromHexDigits(name, i + 1, i + 3));
                i += 2;
            } else {
                bytes.write(name.charAt(i));
            }
        }
        return bytes.toByteArray();
    }
}
