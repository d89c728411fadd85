package holdfast.server.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What every table does. */
abstract class TableContract {
    private static final int SEQUENCES = 200;
    private static final int STEPS = 30;

    @TempDir
    Path folder;

    /** An empty table; {@code name} is not used twice. */
    abstract Table open(String name);

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    static void put(Table table, String key, String value) {
        Table.Batch batch = table.batch();
        batch.put(bytes(key), bytes(value));
        table.write(batch);
    }

    static Map<String, String> scan(Table table, String prefix, String from) {
        Map<String, String> found = new TreeMap<>();
        table.scan(bytes(prefix), bytes(from), (key, value) -> {
            found.put(key.toStringUtf8(), value.toStringUtf8());
            return true;
        });
        return found;
    }

    @Test
    void aBatchIsSeenWholeAndItsLaterChangesWin() {
        try (Table table = open("t")) {
            Table.Batch batch = table.batch();
            batch.put(bytes("a"), bytes("1"));
            batch.put(bytes("b"), bytes("2"));
            batch.put(bytes("a"), bytes("3"));
            batch.delete(bytes("b"));
            batch.delete(bytes("c"));
            batch.put(bytes("c"), ByteString.EMPTY);
            table.write(batch);
            assertThat(table.get(bytes("a"))).contains(bytes("3"));
            assertThat(table.get(bytes("b"))).isEmpty();
            assertThat(table.get(bytes("c"))).contains(ByteString.EMPTY);
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
    void aScanStaysWithinItsPrefixBeginsWhereToldAndEndsWhenTold() {
        try (Table table = open("t")) {
            for (String key : List.of("a", "b1", "b2", "b3", "c")) {
                put(table, key, "v" + key);
            }
            assertThat(scan(table, "b", "b2")).containsOnlyKeys("b2", "b3");
            assertThat(scan(table, "b", "")).containsOnlyKeys("b1", "b2", "b3");
            assertThat(scan(table, "b", "c")).isEmpty();
            assertThat(scan(table, "", "")).hasSize(5);
            List<String> seen = new ArrayList<>();
            table.scan(bytes("b"), bytes("b"), (key, value) -> {
                seen.add(key.toStringUtf8());
                return seen.size() < 2;
            });
            assertThat(seen).containsExactly("b1", "b2");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 4095, 4096, 4097, 65_536, 1_000_000})
    void valuesOfAllSizesComeBack(int size) {
        byte[] value = new byte[size];
        new Random(size).nextBytes(value);
        Path checkpoint = folder.resolve("checkpoint");
        try (Table table = open("t")) {
            Table.Batch batch = table.batch();
            batch.put(bytes("k"), ByteString.copyFrom(value));
            table.write(batch);
            assertThat(table.get(bytes("k"))).contains(ByteString.copyFrom(value));
            table.checkpoint(checkpoint);
            table.restore(checkpoint);
            assertThat(table.get(bytes("k"))).contains(ByteString.copyFrom(value));
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
            String key = prefix + random.nextInt(20);
            assertThat(table.get(bytes(key)).map(ByteString::toStringUtf8))
                    .as("seed %d step %d", seed, step)
                    .isEqualTo(Optional.ofNullable(model.get(key)));
            assertThat(scan(table, prefix, key))
                    .as("seed %d step %d", seed, step)
                    .isEqualTo(model.tailMap(key));
        }
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
            put(table, "a", "4");
            table.restore(checkpoint);
            assertThat(table.get(bytes("a"))).as("again").contains(bytes("1"));
        }
        try (Table other = open("two")) {
            put(other, "z", "9");
            other.restore(checkpoint);
            put(other, "c", "4");
            assertThat(scan(other, "", "")).isEqualTo(Map.of("a", "1", "c", "4"));
        }
    }

    @Test
    void readersBesideAWriterSeeWholeBatches() throws Exception {
        try (Table table = open("t");
                ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            writeRound(table, 0);
            List<Future<?>> all = new ArrayList<>();
            for (int reader = 0; reader < 4; reader++) {
                all.add(readers.submit(() -> {
                    for (String last = ""; !last.equals("500"); ) {
                        Map<String, String> seen = scan(table, "k", "k");
                        assertThat(seen.values()).hasSize(10);
                        assertThat(seen.values().stream().distinct()).hasSize(1);
                        last = seen.values().iterator().next();
                    }
                }));
            }
            for (int round = 1; round <= 500; round++) {
                writeRound(table, round);
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    private static void writeRound(Table table, int round) {
        Table.Batch batch = table.batch();
        for (int i = 0; i < 10; i++) {
            batch.put(bytes("k" + i), bytes(Integer.toString(round)));
        }
        table.write(batch);
    }
}
