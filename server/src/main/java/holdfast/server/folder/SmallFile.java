package holdfast.server.folder;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.failure.FullDisk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Files that fit in memory, replaced as a whole: a crash leaves the old or the new. */
public final class SmallFile {
    private SmallFile() {}

    /** Writes {@code bytes} to {@code file}; durable when this returns, else LOCAL_IO. */
    public static void write(Path file, byte[] bytes) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("not a file: " + file);
        }
        Path next = folder.resolve(file.getFileName() + ".new");
        try {
            Files.createDirectories(folder);
            sync(next, bytes);
            Files.move(
                    next,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            syncFolder(folder);
        } catch (IOException e) {
            throw failed(file, "written", e);
        }
    }

    /** The whole file; empty when there is none; LOCAL_IO when it can't be read. */
    public static Optional<byte[]> read(Path file) {
        try {
            return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
        } catch (IOException e) {
            throw failed(file, "read", e);
        }
    }

    /** The message in {@code file}, which must be there and whole; else DAMAGED. */
    public static <T> T parse(Path file, Parser<T> parser) {
        byte[] bytes = read(file)
                .orElseThrow(() -> FailureException.of(FailureCode.DAMAGED, file + " is missing"));
        try {
            return parser.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            Failure damaged =
                    Failure.of(FailureCode.DAMAGED, file + " can't be read: " + e.getMessage());
            throw new FailureException(damaged, e);
        }
    }

    private static void sync(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(true);
        }
    }

    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static FailureException failed(Path file, String what, IOException e) {
        return new FailureException(
                Failure.of(
                        FullDisk.codeOf(e, FailureCode.LOCAL_IO),
                        file + " could not be " + what + ": " + e.getMessage()),
                e);
    }
}
