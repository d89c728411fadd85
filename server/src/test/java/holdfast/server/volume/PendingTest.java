package holdfast.server.volume;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import holdfast.server.table.Table;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** Changes over changes over a table look like one tree that was changed at once. */
final class PendingTest {
    private final TreeTable table = new TreeTable();
    private final TreeMap<ByteString, ByteString> model =
            new TreeMap<>(ByteString.unsignedLexicographicalComparator());

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void layersLookLikeOneTree(long seed) {
        Random random = new Random(seed);
        Table.Batch batch = table.batch();
        for (int i = 0; i < 30; i++) {
            ByteString key = key(random);
            batch.put(key, key);
            model.put(key, key);
        }
        table.write(batch);
        Pending lower = new Pending(Rows.of(table));
        Pending upper = new Pending(lower);
        change(random, lower);
        change(random, upper);
        check(random, upper);
        upper.moveTo(lower);
        check(random, lower);
        Table.Batch all = table.batch();
        lower.writeTo(all);
        table.write(all);
        assertThat(table.rows()).isEqualTo(model);
    }

    private void change(Random random, Pending layer) {
        for (int i = 0; i < 20; i++) {
            ByteString key = key(random);
            if (random.nextBoolean()) {
                ByteString value = ByteString.copyFromUtf8("v" + i);
                layer.put(key, value);
                model.put(key, value);
            } else {
                layer.delete(key);
                model.remove(key);
            }
        }
    }

    private void check(Random random, Rows rows) {
        for (int i = 0; i < 20; i++) {
            ByteString prefix = key(random).substring(0, random.nextInt(3));
            ByteString from = key(random);
            int limit = 1 + random.nextInt(5);
            assertThat(scan(rows, prefix, from, limit)).isEqualTo(scan(prefix, from, limit));
            assertThat(rows.get(from).orElse(ByteString.EMPTY))
                    .isEqualTo(model.getOrDefault(from, ByteString.EMPTY));
        }
    }

    private static Map<ByteString, ByteString> scan(
            Rows rows, ByteString prefix, ByteString from, int limit) {
        TreeMap<ByteString, ByteString> seen =
                new TreeMap<>(ByteString.unsignedLexicographicalComparator());
        rows.scan(prefix, from, (key, value) -> {
            seen.put(key, value);
            return seen.size() < limit;
        });
        return seen;
    }

    private Map<ByteString, ByteString> scan(ByteString prefix, ByteString from, int limit) {
        TreeMap<ByteString, ByteString> seen =
                new TreeMap<>(ByteString.unsignedLexicographicalComparator());
        model.forEach((key, value) -> {
            boolean in = key.startsWith(prefix)
                    && ByteString.unsignedLexicographicalComparator().compare(key, from) >= 0;
            if (in && seen.size() < limit) {
                seen.put(key, value);
            }
        });
        return seen;
    }

    private static ByteString key(Random random) {
        byte[] key = new byte[3];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (random.nextInt(4) * 85);
        }
        return ByteString.copyFrom(key);
    }
}
