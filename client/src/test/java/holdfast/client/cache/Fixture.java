package holdfast.client.cache;

import holdfast.model.chunk.ByteRange;
import holdfast.model.chunk.ChunkSource;
import holdfast.model.chunk.Chunker;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Inline;
import holdfast.model.chunk.Manifest;
import holdfast.model.chunk.Piece;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.testkit.fake.ManualClock;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What the tests of this room share. */
final class Fixture {
    static final FileId FILE = FileId.of(3, 77);
    static final CellPath PATH = CellPath.parse("/home/report.txt");
    static final Origin ORIGIN = new Origin(PATH, FILE, 5);
    static final WorkingCopy.About ABOUT = new WorkingCopy.About(FILE, PATH, 5);
    static final Ticker TICKER = System::nanoTime;

    private Fixture() {}

    static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(60), TICKER);
    }

    static Cache open(Path folder) {
        return open(folder, 1L << 30);
    }

    static Cache open(Path folder, long budget) {
        return Cache.open(
                folder, CacheSettings.withBudget(budget), new ManualClock(Instant.now()), TICKER);
    }

    static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static Contents cut(byte[] bytes) {
        return unchecked(() -> Chunker.cut(sourceOf(bytes)));
    }

    static ChunkSource sourceOf(byte[] bytes) {
        return new ChunkSource() {
            @Override
            public long size() {
                return bytes.length;
            }

            @Override
            public int read(ByteBuffer into, long position) {
                int count = (int) Math.min(into.remaining(), bytes.length - position);
                into.put(bytes, (int) position, count);
                return count;
            }
        };
    }

    /** A file server's place: it has the contents and counts what is fetched. */
    static final class Server implements Filler {
        private final byte[] bytes;
        private final Contents contents;
        final AtomicLong fetchedBytes = new AtomicLong();
        final AtomicInteger fetches = new AtomicInteger();

        Server(byte[] bytes) {
            this.bytes = bytes.clone();
            this.contents = cut(bytes);
        }

        private Server(byte[] bytes, Contents contents) {
            this.bytes = bytes.clone();
            this.contents = contents;
        }

        Contents contents() {
            return contents;
        }

        /** One that claims the same contents and has other bytes. */
        Server withBytes(byte[] others) {
            return new Server(others, contents);
        }

        ByteRange range(int first, int count) {
            Manifest manifest = (Manifest) contents;
            long start = manifest.pieces().subList(0, first).stream()
                    .mapToLong(Piece::length)
                    .sum();
            long length = manifest.pieces().subList(first, first + count).stream()
                    .mapToLong(Piece::length)
                    .sum();
            return new ByteRange(start, start + length);
        }

        byte[] stored(int first, int count) {
            Manifest manifest = (Manifest) contents;
            int at = (int) range(first, count).start();
            ByteBuffer stored = ByteBuffer.allocate((int) range(first, count).length());
            for (Piece piece : manifest.pieces().subList(first, first + count)) {
                if (piece instanceof Piece.Chunk) {
                    stored.put(bytes, at, (int) piece.length());
                }
                at += (int) piece.length();
            }
            byte[] result = new byte[stored.position()];
            stored.flip().get(result);
            return result;
        }

        @Override
        public void fetch(
                int first, int count, holdfast.wire.transport.Bulk.Sink into, Deadline deadline) {
            byte[] stored = stored(first, count);
            fetches.incrementAndGet();
            fetchedBytes.addAndGet(stored.length);
            unchecked(() -> {
                into.readFrom(Channels.newChannel(new ByteArrayInputStream(stored)), stored.length);
                return into;
            });
        }
    }

    /** Work that may fail. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    static <T> T unchecked(Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static CachedFile open(Cache cache, byte[] bytes) {
        Contents contents = cut(bytes);
        return contents instanceof Inline
                ? cache.open(contents, ORIGIN, Filler.NONE, soon())
                : cache.open(contents, ORIGIN, new Server(bytes), soon());
    }

    static byte[] read(CachedFile file) {
        return unchecked(() -> Files.readAllBytes(file.path()));
    }

    static void write(WorkingCopy copy, long position, byte[] bytes) {
        unchecked(() -> copy.channel(false).write(ByteBuffer.wrap(bytes), position));
    }

    static byte[] read(WorkingCopy copy) {
        return unchecked(() -> {
            ByteBuffer all = ByteBuffer.allocate((int) copy.size());
            while (all.hasRemaining()) {
                if (copy.channel(false).read(all, all.position()) < 0) {
                    break;
                }
            }
            return all.array();
        });
    }
}
