package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;

import holdfast.client.fake.FakeCell;
import holdfast.client.files.Cell.Changes;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.Cell.RenameMode;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.model.time.BootTicker;
import holdfast.model.time.WallClock;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Generated operations of three clients, one after the other, against a simple model: whatever one
 * client's call did is seen by each call of each client that starts after it returned (rule 1),
 * with new terms and lost answers in between (rules 3 and 5).
 */
class GeneratedOperationsTest {
    private static final int SEQUENCES = 250;
    private static final int OPERATIONS = 50;

    @TempDir
    Path local;

    /** A lost answer, or a new leader, now and then. */
    private enum Trouble {
        NONE,
        SOME
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1001, 2001, 3001})
    void whatWasDoneIsSeenByAll(long firstSeed) throws Exception {
        try (Clients clients = new Clients(firstSeed)) {
            for (long seed = firstSeed; seed < firstSeed + SEQUENCES; seed++) {
                run(clients, seed, seed % 2 == 0 ? Trouble.SOME : Trouble.NONE);
            }
        }
    }

    private static void run(Clients clients, long seed, Trouble trouble) throws Exception {
        try (Run run = new Run(clients, seed, trouble)) {
            for (int i = 0; i < OPERATIONS; i++) {
                run.step(i);
            }
        } catch (AssertionError | RuntimeException | IOException e) {
            throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
        }
    }

    /** Does something; Refused or a CellException when it can't be done. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    /** Three clients of one cell, each with a cache of its own. */
    private final class Clients implements AutoCloseable {
        private final FakeCell fake = new FakeCell();
        private final List<Cell> cells = new ArrayList<>();

        Clients(long seed) throws CellException {
            for (int i = 0; i < 3; i++) {
                cells.add(connect(seed + "-" + i));
            }
        }

        private Cell connect(String cache) throws CellException {
            CellOptions options = CellOptions.at("directory.test:1")
                    .withCaller("ann", List.of("ann"))
                    .withTimeout(Duration.ofSeconds(10))
                    .withCache(local.resolve(cache));
            Surroundings surroundings = new Surroundings(
                    fake.transport(),
                    WallClock.system(),
                    BootTicker.system(),
                    Thread.ofVirtual().factory());
            return Cell.connect(options, surroundings);
        }

        @Override
        public void close() {
            cells.forEach(Cell::close);
        }
    }

    /** One sequence, in a directory of its own. */
    private static final class Run implements AutoCloseable {
        private final Random random;
        private final Trouble trouble;
        private final FakeCell fake;
        private final List<Cell> cells;
        private final String home;
        private final ModelTree model = new ModelTree();
        private final Set<String> lost = ConcurrentHashMap.newKeySet();
        private final AutoCloseable interception;

        Run(Clients clients, long seed, Trouble trouble) throws CellException {
            this.random = new Random(seed);
            this.trouble = trouble;
            this.fake = clients.fake;
            this.cells = clients.cells;
            this.home = "s" + seed;
            cells.getFirst().mkdir(at(List.of()), 0755);
            interception = fake.intercept(this::around);
        }

        private Message around(FakeCell.Call call, Supplier<Message> serve) {
            Message answer = serve.get();
            long request = call.header().getRequest();
            boolean lose = trouble == Trouble.SOME
                    && request > 0
                    && request % 5 == 0
                    && lost.add(call.header().getClient() + "/" + request);
            if (lose) {
                throw FailureException.of(FailureCode.INDETERMINATE, "lost");
            }
            return answer;
        }

        void step(int i) throws IOException {
            if (trouble == Trouble.SOME && random.nextInt(20) == 0) {
                fake.group().newTerm();
            }
            Cell cell = cells.get(random.nextInt(cells.size()));
            List<String> path = path();
            switch (random.nextInt(13)) {
                case 0, 1 -> write(cell, path, "written " + i);
                case 2, 3, 4 -> read(cell, path);
                case 5 -> stat(cell, path);
                case 6 -> list(cell, path);
                case 7 -> both(() -> cell.mkdir(at(path), 0755), () -> model.mkdir(path, 0755));
                case 8 -> both(() -> cell.remove(at(path)), () -> model.remove(path, false));
                case 9 -> both(() -> cell.rmdir(at(path)), () -> model.remove(path, true));
                case 10 -> rename(cell, path, path());
                case 11 -> append(cell, path, "+" + i);
                default -> linkOrMode(cell, path, path());
            }
        }

        private List<String> path() {
            List<String> path = new ArrayList<>();
            int depth = 1 + random.nextInt(2);
            for (int i = 0; i < depth; i++) {
                path.add("" + (char) ('a' + random.nextInt(3)));
            }
            return path;
        }

        private CellPath at(List<String> names) {
            CellPath path = CellPath.ROOT.child(Name.of(home));
            for (String name : names) {
                path = path.child(Name.of(name));
            }
            return path;
        }

        /** The same must come of both. */
        private void both(Work real, Work expected) throws IOException {
            boolean refused = false;
            try {
                expected.run();
            } catch (ModelTree.Refused e) {
                refused = true;
            }
            try {
                real.run();
                assertThat(refused).as("done, but should be refused").isFalse();
            } catch (CellException e) {
                if (!refused) {
                    throw new AssertionError("refused, but should be done", e);
                }
            }
        }

        private void write(Cell cell, List<String> path, String text) throws IOException {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            both(
                    () -> cell.write(at(path), bytes, PutOptions.standard()),
                    () -> model.write(path, bytes));
        }

        private void read(Cell cell, List<String> path) throws IOException {
            byte[][] expected = new byte[1][];
            byte[][] seen = new byte[1][];
            both(() -> seen[0] = cell.read(at(path), 1000), () -> {
                ModelTree.Node file = model.find(path);
                if (file.isFolder()) {
                    throw new ModelTree.Refused();
                }
                expected[0] = file.contents();
            });
            assertThat(seen[0]).isEqualTo(expected[0]);
        }

        private void stat(Cell cell, List<String> path) throws IOException {
            both(
                    () -> {
                        Stat stat = cell.stat(at(path));
                        ModelTree.Node node = found(path);
                        assertThat(stat.isDirectory()).isEqualTo(node.isFolder());
                        assertThat(stat.mode()).isEqualTo(node.mode());
                        if (stat.isFile()) {
                            assertThat(stat.links()).isEqualTo(node.links());
                            assertThat(stat.size()).isEqualTo(node.contents().length);
                        } else {
                            assertThat(stat.size()).isEqualTo(node.entries().size());
                        }
                    },
                    () -> model.find(path));
        }

        private ModelTree.Node found(List<String> path) {
            try {
                return model.find(path);
            } catch (ModelTree.Refused e) {
                throw new AssertionError("there, but should not be", e);
            }
        }

        private void list(Cell cell, List<String> path) throws IOException {
            List<String> where = random.nextBoolean() ? List.of() : path;
            List<String> seen = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            both(
                    () -> cell.list(at(where), entry -> seen.add(entry.name().toString())),
                    () -> expected.addAll(model.list(where)));
            assertThat(seen).isEqualTo(expected);
        }

        private void append(Cell cell, List<String> path, String text) throws IOException {
            both(
                    () -> {
                        OpenRequest how = OpenRequest.write().appending();
                        try (OpenFile file = cell.open(at(path), how)) {
                            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                            file.channel().write(ByteBuffer.wrap(bytes));
                        }
                    },
                    () -> model.append(path, text));
        }

        private void rename(Cell cell, List<String> from, List<String> to) throws IOException {
            both(
                    () -> cell.rename(at(from), at(to), RenameMode.REPLACE),
                    () -> model.rename(from, to));
        }

        private void linkOrMode(Cell cell, List<String> one, List<String> other)
                throws IOException {
            if (random.nextBoolean()) {
                both(() -> cell.link(at(one), at(other)), () -> model.link(one, other));
            } else {
                int mode = 0700 | random.nextInt(64);
                both(
                        () -> cell.setAttributes(at(one), Changes.NONE.withMode(mode)),
                        () -> model.chmod(one, mode));
            }
        }

        @Override
        public void close() throws Exception {
            interception.close();
        }
    }
}
