package holdfast.client.files;

import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.path.CellPath;
import holdfast.wire.proto.Attributes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongConsumer;

/** Copies of files of the cell at other places of this machine, whole or not at all. */
final class LocalCopies {
    private static final long STEP_BYTES = 16L << 20;

    private final Reading reading;

    LocalCopies(Reading reading) {
        this.reading = reading;
    }

    Stat copy(CellPath from, Path to, Cell.GetOptions options, Times times) {
        try (OpenForReading file = reading.open(Spot.at(from), times)) {
            requireFolder(to);
            Path beside = beside(to);
            try {
                write(file, beside, options.progress());
                if (options.preserve()) {
                    preserve(file.attributes(), beside);
                }
                Files.move(
                        beside,
                        to,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
            return file.stat();
        } catch (IOException e) {
            throw Local.failure(e);
        }
    }

    private static void requireFolder(Path to) throws NoSuchFileException {
        Path folder = to.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
    }

    private static Path beside(Path to) {
        String random = Long.toHexString(ThreadLocalRandom.current().nextLong() >>> 16);
        return to.resolveSibling(".holdfast-" + random + ".part");
    }

    private static void write(OpenForReading file, Path to, LongConsumer progress)
            throws IOException {
        Set<StandardOpenOption> options =
                EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel out = FileChannel.open(to, options)) {
            long position = 0;
            for (Stretch each : stretches(file)) {
                if (each.bytes()) {
                    transfer(file.channel(), position, each.length(), out, progress);
                }
                position += each.length();
                progress.accept(position);
            }
            extend(out, position);
        }
    }

    /** A part of the file: bytes, or a hole. */
    private record Stretch(long length, boolean bytes) {}

    /** What the file is made of; one stretch when that is not at hand. */
    private static List<Stretch> stretches(OpenForReading file) {
        Optional<Contents> contents = file.contents();
        return contents.isPresent() && contents.get() instanceof Manifest manifest
                ? manifest.pieces().stream()
                        .map(piece -> new Stretch(piece.length(), piece instanceof Piece.Chunk))
                        .toList()
                : List.of(new Stretch(file.size(), true));
    }

    private static void transfer(
            FileChannel from, long position, long count, FileChannel to, LongConsumer progress)
            throws IOException {
        to.position(position);
        long done = 0;
        while (done < count) {
            long step = Math.min(STEP_BYTES, count - done);
            long moved = from.transferTo(position + done, step, to);
            if (moved <= 0) {
                throw new IOException("the cached file is shorter than it was");
            }
            done += moved;
            progress.accept(position + done);
        }
    }

    /** A hole at the end has no bytes that would make the file long enough. */
    private static void extend(FileChannel out, long size) throws IOException {
        if (out.size() < size) {
            out.write(ByteBuffer.wrap(new byte[1]), size - 1);
        }
    }

    private static void preserve(Attributes attributes, Path to) throws IOException {
        PosixFileAttributeView posix = Files.getFileAttributeView(to, PosixFileAttributeView.class);
        if (posix != null) {
            posix.setPermissions(permissions(attributes.getMode()));
        }
        Instant modified = Stats.instant(attributes.getModified());
        Instant accessed = Stats.instant(attributes.getAccessed());
        Files.getFileAttributeView(to, BasicFileAttributeView.class)
                .setTimes(FileTime.from(modified), FileTime.from(accessed), null);
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        PosixFilePermission[] all = PosixFilePermission.values();
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int bit = 0; bit < all.length; bit++) {
            if ((mode >> (all.length - 1 - bit) & 1) != 0) {
                set.add(all[bit]);
            }
        }
        return set;
    }
}
