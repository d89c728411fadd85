package holdfast.server.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;

import holdfast.server.ChildJvm;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

final class RocksTableTest extends TableContract {
    @Override
    Table open(String name) {
        return new RocksTable(folder.resolve(name));
    }

    @Test
    void whatACloseLeavesIsThereAgain() {
        try (Table table = open("t")) {
            put(table, "a", "1");
        }
        try (Table table = open("t")) {
            assertThat(table.get(bytes("a")).orElse(bytes("1"))).isEqualTo(bytes("1"));
        }
    }

    @Test
    void aClosedTableRefusesCallsInsteadOfCrashing() {
        Table table = open("t");
        table.close();
        table.close();
        assertThatThrownBy(() -> table.get(bytes("a"))).hasMessageContaining("is closed");
        assertThatThrownBy(() -> put(table, "a", "1")).hasMessageContaining("is closed");
    }

    @Test
    void aCheckpointIsNotChangedByTheTableItWasRestoredInto() {
        Path checkpoint = folder.resolve("checkpoint");
        try (Table table = open("t")) {
            for (int i = 0; i < 50; i++) {
                put(table, "k" + i, "v".repeat(i * 200));
            }
            table.checkpoint(checkpoint);
            table.restore(checkpoint);
            for (int i = 0; i < 50; i++) {
                put(table, "k" + i, "changed");
            }
            table.checkpoint(folder.resolve("later"));
        }
        try (Table other = open("other")) {
            other.restore(checkpoint);
            assertThat(scan(other, "k", "k").values())
                    .noneMatch("changed"::equals)
                    .hasSize(50);
        }
    }

    @Test
    void aRestoreThatACrashInterruptedIsUndoneOrFinished() throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        try (Table table = open("t")) {
            put(table, "a", "new");
            table.checkpoint(checkpoint);
            put(table, "a", "old");
            table.checkpoint(folder.resolve("other"));
            table.restore(folder.resolve("other"));
        }
        TableFolder crashed = new TableFolder(folder.resolve("t"));
        crashed.prepare(checkpoint);
        try (Table table = open("t")) {
            assertThat(table.get(bytes("a"))).as("not yet replaced").contains(bytes("old"));
        }
        crashed.prepare(checkpoint);
        Files.move(folder.resolve("t"), folder.resolve("t.old"));
        try (Table table = open("t")) {
            assertThat(table.get(bytes("a"))).as("half replaced").contains(bytes("new"));
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("t", "checkpoint", "other");
        }
    }

    @Test
    void afterAKillTheTableIsThatOfAnEarlierMoment() {
        // 80 lines are more than the memory tables hold, so something has been flushed by then.
        for (int lines : List.of(3, 20, 80)) {
            Path path = folder.resolve("killed" + lines);
            try (ChildJvm child = ChildJvm.start(WritesBatches.class, path.toString())) {
                child.killAfter(lines);
            }
            try (Table table = new RocksTable(path)) {
                int last = table.get(bytes("last"))
                        .map(ByteString::toStringUtf8)
                        .map(Integer::parseInt)
                        .orElse(-1);
                if (lines > 20) {
                    assertThat(last).as("flushed meanwhile").isPositive();
                }
                Map<String, String> found = new TreeMap<>(scan(table, "k", "k"));
                found.replaceAll((key, value) -> value.substring(0, value.indexOf(' ')));
                assertThat(found).isEqualTo(WritesBatches.after(last));
            }
        }
    }

    /** Writes batches that each change several rows, until it is killed. */
    static final class WritesBatches {
        private static final int ROWS = 97;
        private static final int REPORT_EVERY = 50;
        private static final String PADDING = " " + "x".repeat(5000);

        private WritesBatches() {}

        public static void main(String[] arguments) {
            try (Table table = new RocksTable(Path.of(arguments[0]))) {
                for (int i = 0; ; i++) {
                    Table.Batch batch = table.batch();
                    changes(i)
                            .forEach((key, value) -> batch.put(bytes(key), bytes(value + PADDING)));
                    batch.put(bytes("last"), bytes(Integer.toString(i)));
                    table.write(batch);
                    if (i % REPORT_EVERY == 0) {
                        System.out.println(i);
                    }
                }
            }
        }

        private static Map<String, String> changes(int i) {
            Map<String, String> changes = new TreeMap<>();
            changes.put("k" + i % ROWS, "a" + i);
            changes.put("k" + (i * 7 + 3) % ROWS, "b" + i);
            return changes;
        }

        static Map<String, String> after(int last) {
            Map<String, String> rows = new TreeMap<>();
            for (int i = 0; i <= last; i++) {
                rows.putAll(changes(i));
            }
            return rows;
        }
    }
}
