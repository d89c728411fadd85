package holdfast.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** What every table does. */
abstract class TableContract {
    private static final int SEQUENCES = 200;
    private static final int STEPS = 30;

    @TempDir
    Path folder;

    /** An empty table; {@code name} is not used twice. */
    abstract Table open(String name);

    private static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    @Test
    void aBatchIsSeenWholeAndItsLaterChangesWin() {
        try (Table table = open("t")) {
            Table.Batch batch = table.batch();
            batch.put(bytes("a"), bytes("1"));
            batch.put(bytes("b"), bytes("2"));
            batch.put(bytes("a"), bytes("3"));
            batch.delete(bytes("b"));
            table.write(batch);
            assertThat(table.get(bytes("a"))).contains(bytes("3"));
            assertThat(table.get(bytes("b"))).isEmpty();
        }
    }

    @Test
    void keysAreInUnsignedByteOrder() {
        try (Table table = open("t")) {
            Table.Batch batch = table.batch();
            for (int b : new int[] {0xff, 0x7f, 0x80, 0x00}) {
                batch.put(ByteString.copyFrom(new byte[] {'k', (byte) b}), bytes("x"));
            }
            table.write(batch);
            List<Integer> seen = new ArrayList<>();
            table.scan(bytes("k"), bytes("k"), (key, value) -> seen.add(key.byteAt(1) & 0xff));
            assertThat(seen).containsExactly(0x00, 0x7f, 0x80, 0xff);
        }
    }

    @Test
    void aTableUnderGeneratedChangesIsLikeAMap() {
        try (Table table = open("t")) {
            for (int seed = 0; seed < SEQUENCES; seed++) {
                compare(table, seed);
            }
        }
    }

    private void compare(Table table, int seed) {
        Random random = new Random(seed);
        String prefix = "s" + seed + "/";
        TreeMap<String, String> model = new TreeMap<>();
        for (int step = 0; step < STEPS; step++) {
            Table.Batch batch = table.batch();
            for (int i = random.nextInt(4); i >= 0; i--) {
                String key = prefix + random.nextInt(20);
                if (random.nextInt(3) == 0) {
                    batch.delete(bytes(key));
                    model.remove(key);
                } else {
                    String value = "v".repeat(random.nextInt(6000));
                    batch.put(bytes(key), bytes(value));
                    model.put(key, value);
                }
            }
            table.write(batch);
        }
        Map<String, String> found = new TreeMap<>();
        table.scan(bytes(prefix), bytes(prefix), (key, value) -> {
            found.put(key.toStringUtf8(), value.toStringUtf8());
            return true;
        });
        assertThat(found).as("seed %d", seed).isEqualTo(model);
    }

    @Test
    void aCheckpointRestoresTheMomentInWhichItWasMade() {
        Path checkpoint = folder.resolve("checkpoint");
        try (Table table = open("one")) {
            put(table, "a", "1");
            table.checkpoint(checkpoint);
            put(table, "a", "2");
            put(table, "b", "3");
            table.restore(checkpoint);
            assertThat(table.get(bytes("a"))).contains(bytes("1"));
            assertThat(table.get(bytes("b"))).isEmpty();
        }
        try (Table other = open("two")) {
            other.restore(checkpoint);
            put(other, "c", "4");
            assertThat(other.get(bytes("a"))).isEqualTo(Optional.of(bytes("1")));
        }
    }

    private static void put(Table table, String key, String value) {
        Table.Batch batch = table.batch();
        batch.put(bytes(key), bytes(value));
        table.write(batch);
    }
}
