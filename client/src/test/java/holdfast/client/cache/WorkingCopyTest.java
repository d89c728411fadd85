package holdfast.client.cache;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.chunk.Inline;
import holdfast.model.chunk.Piece;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class WorkingCopyTest {
    @TempDir
    Path folder;

    private Cache cache;

    @BeforeEach
    void open() {
        cache = Fixture.open(folder);
    }

    @AfterEach
    void close() {
        cache.close();
    }

    @Test
    void aStoredWorkingCopyBecomesTheCachedContentsWithoutCopying() {
        byte[] old = Fixture.random(1, 5 << 20);
        WorkingCopy copy = cache.edit(Fixture.open(cache, old), Fixture.ABOUT);
        byte[] change = "changed".getBytes(StandardCharsets.UTF_8);
        Fixture.write(copy, 1_000_000, change);
        System.arraycopy(change, 0, old, 1_000_000, change.length);
        try (Outgoing outgoing = copy.cut(Fixture.soon())) {
            copy.finish(outgoing, 6);
            assertThat(outgoing.contents()).isEqualTo(Fixture.cut(old));
        }
        try (CachedFile found = cache.find(Fixture.cut(old).id(), old.length).orElseThrow()) {
            assertThat(Fixture.read(found)).isEqualTo(old);
            assertThat(found.fromCache()).isTrue();
        }
        assertThat(cache.recovery().list()).isEmpty();
    }

    @Test
    void whatIsWrittenThroughAMappingAfterAStoreIsStored() throws Exception {
        byte[] bytes = Fixture.random(4, 5 << 20);
        WorkingCopy copy = cache.edit(Fixture.open(cache, bytes), Fixture.ABOUT);
        MappedByteBuffer memory =
                copy.channel(false).map(FileChannel.MapMode.READ_WRITE, 0, bytes.length);
        for (int version = 6; version < 9; version++) {
            bytes[version << 19]++;
            memory.put(version << 19, bytes[version << 19]);
            assertThat(copy.changed()).isTrue();
            try (Outgoing outgoing = copy.cut(Fixture.soon())) {
                assertThat(outgoing.contents()).isEqualTo(Fixture.cut(bytes));
                copy.stored(outgoing, version);
            }
        }
        copy.close();
    }

    @Test
    void anEmptyNewFileCountsAsChanged() {
        WorkingCopy copy = cache.create(Fixture.ABOUT);
        assertThat(copy.changed()).isTrue();
        try (Outgoing outgoing = copy.cut(Fixture.soon())) {
            assertThat(outgoing.contents()).isEqualTo(Inline.of(new byte[0]));
            copy.finish(outgoing, 1);
        }
        assertThat(cache.find(Inline.of(new byte[0]).id(), 0)).isPresent();
    }

    @Test
    void anUnchangedWorkingCopyGoesBackToTheCache() {
        byte[] bytes = Fixture.random(2, 3 << 20);
        WorkingCopy copy = cache.edit(Fixture.open(cache, bytes), Fixture.ABOUT);
        assertThat(copy.changed()).isFalse();
        copy.close();
        assertThat(cache.find(Fixture.cut(bytes).id(), bytes.length)).isPresent();
        assertThat(cache.recovery().list()).isEmpty();
    }

    @Test
    void keptWorkDoesNotEndWithItsProcessAndCanBeTakenUpAgain() {
        byte[] bytes = Fixture.random(3, 200_000);
        WorkingCopy copy = cache.edit(Fixture.open(cache, bytes), Fixture.ABOUT);
        Fixture.write(copy, 0, new byte[] {9});
        bytes[0] = 9;
        copy.keep("the server was down");
        cache.close();
        cache = Fixture.open(folder);
        KeptCopy kept = cache.recovery().list().getFirst();
        assertThat(kept.about()).isEqualTo(Fixture.ABOUT);
        assertThat(kept.reason()).isEqualTo("the server was down");
        WorkingCopy again = cache.recovery().open(kept.id());
        assertThat(cache.recovery().list()).isEmpty();
        assertThat(Fixture.read(again)).isEqualTo(bytes);
        try (Outgoing outgoing = again.cut(Fixture.soon())) {
            assertThat(outgoing.contents().size()).isEqualTo(bytes.length);
            List<Piece.Chunk> found = new ArrayList<>();
            outgoing.contents(found::add);
            assertThat(found)
                    .singleElement()
                    .satisfies(
                            chunk -> assertThat(outgoing.bytesOf(List.of(chunk)).length())
                                    .isEqualTo(bytes.length));
            again.finish(outgoing, 6);
        }
    }
}
