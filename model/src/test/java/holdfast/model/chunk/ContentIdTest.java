package holdfast.model.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;

class ContentIdTest {
    private static final ChunkHash HASH = ChunkHash.ofContents(new byte[] {1});

    /** These are on disk: a change of them empties every cache. */
    @Test
    void namesNeverChange() {
        assertThat(Inline.of("hello".getBytes(StandardCharsets.UTF_8)).id().hex())
                .isEqualTo("5d36bec5652746b0ce37fe735228d7b8e5ce1308c0d62d8e63ba66493bdade20");
        assertThat(new Manifest(List.of(new Piece.Chunk(HASH, 1), new Piece.Hole(4096)))
                        .id()
                        .hex())
                .isEqualTo("34e3569885ac1ca3ec12b36f1c18df286e6ce409490f61edab40e72cd0ce8c12");
    }

    @Test
    void inlineBytesThatLookLikeAManifestHaveAnotherName() {
        Manifest empty = new Manifest(List.of());
        assertThat(empty.id()).isNotEqualTo(Contents.EMPTY.id());
    }

    @Test
    void theSameBytesCutInAnotherWayHaveAnotherName() {
        assertThat(new Manifest(List.of(new Piece.Hole(2))).id())
                .isNotEqualTo(new Manifest(List.of(new Piece.Hole(1), new Piece.Hole(1))).id());
    }
}
