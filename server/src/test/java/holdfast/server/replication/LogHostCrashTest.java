package holdfast.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import holdfast.model.time.Deadline;
import holdfast.server.ChildJvm;
import holdfast.server.table.RocksTable;
import holdfast.server.table.Table;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/** What a killed process leaves: every acknowledged command, each applied once. */
final class LogHostCrashTest {
    private static final UUID GROUP = UUID.fromString("6a4aa4f7-93a5-4c8b-9c5f-0b8c1c1f6f10");
    private static final int KILLS = 4;

    @TempDir
    Path folder;

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30), System::nanoTime);
    }

    /**
     * Counts in a table how often each command was applied; the table's rows change with the entry.
     */
    private static final class CountingMachine implements StateMachine {
        private static final ByteString APPLIED = ByteString.copyFromUtf8("applied");
        private final Table table;
        private Applied applied;

        CountingMachine(Table table) {
            this.table = table;
            this.applied = read();
        }

        private Applied read() {
            return table.get(APPLIED)
                    .map(ByteString::toStringUtf8)
                    .map(text -> text.split(" ", 2))
                    .map(at -> new Applied(Long.parseLong(at[0]), Long.parseLong(at[1])))
                    .orElse(Applied.NONE);
        }

        @Override
        public List<ByteString> apply(long term, long index, List<ByteString> commands) {
            Table.Batch batch = table.batch();
            List<ByteString> outcomes = new ArrayList<>();
            for (ByteString command : commands) {
                ByteString key = key(command.toStringUtf8().strip());
                int times = table.get(key)
                        .map(ByteString::toStringUtf8)
                        .map(Integer::parseInt)
                        .orElse(0);
                // The rest makes the table large enough to be flushed now and then.
                batch.put(key, ByteString.copyFromUtf8(Integer.toString(times + 1)));
                batch.put(
                        ByteString.copyFromUtf8("z" + index % 50),
                        ByteString.copyFrom(new byte[20_000]));
                outcomes.add(command);
            }
            batch.put(APPLIED, ByteString.copyFromUtf8(term + " " + index));
            table.write(batch);
            applied = new Applied(term, index);
            return outcomes;
        }

        private static ByteString key(String command) {
            return ByteString.copyFromUtf8("k" + command);
        }

        @Override
        public Applied applied() {
            return applied;
        }

        @Override
        public void skip(long term, long index) {
            Table.Batch batch = table.batch();
            batch.put(APPLIED, ByteString.copyFromUtf8(term + " " + index));
            table.write(batch);
            applied = new Applied(term, index);
        }

        @Override
        public void checkpoint(Path to) {
            table.checkpoint(to);
        }

        @Override
        public void restore(Path from) {
            table.restore(from);
            applied = read();
        }
    }

    private static LogHost.Settings settings(Path folder) {
        return LogHost.Settings.alone(folder.resolve("log")).checkpointAfter(300, 1 << 20);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void eachAcknowledgedCommandIsAppliedOnce(long seed) {
        Random random = new Random(seed);
        List<String> acknowledged = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            try (ChildJvm child = ChildJvm.start(Proposes.class, folder.toString(), "r" + kill)) {
                acknowledged.addAll(child.killAfter(1 + random.nextInt(1500)));
            }
        }
        try (Table table = new RocksTable(folder.resolve("table"));
                LogHost host = LogHost.start(settings(folder))) {
            host.open(GROUP, new CountingMachine(table), soon())
                    .propose(ByteString.copyFromUtf8("end"), soon());
            for (String command : acknowledged) {
                assertThat(table.get(CountingMachine.key(command)))
                        .as("%s of seed %d", command, seed)
                        .contains(ByteString.copyFromUtf8("1"));
            }
            table.scan(ByteString.copyFromUtf8("k"), ByteString.copyFromUtf8("k"), (key, times) -> {
                assertThat(times.toStringUtf8()).as(key.toStringUtf8()).isEqualTo("1");
                return true;
            });
        }
        assertThat(Set.copyOf(acknowledged)).hasSameSizeAs(acknowledged);
    }

    /** Proposes from several threads until it is killed, and prints what was acknowledged. */
    static final class Proposes {
        private static final int CALLERS = 6;

        private Proposes() {}

        public static void main(String[] arguments) {
            Path folder = Path.of(arguments[0]);
            Table table = new RocksTable(folder.resolve("table"));
            LogHost host = LogHost.start(settings(folder));
            ReplicatedLog log = host.open(GROUP, new CountingMachine(table), soon());
            AtomicLong next = new AtomicLong();
            for (int caller = 0; caller < CALLERS; caller++) {
                Thread.ofPlatform().start(() -> {
                    while (true) {
                        String command = arguments[1] + "-" + next.incrementAndGet();
                        String padded = command + " ".repeat(1000);
                        log.propose(ByteString.copyFromUtf8(padded), soon());
                        System.out.println(command);
                    }
                });
            }
        }
    }
}
