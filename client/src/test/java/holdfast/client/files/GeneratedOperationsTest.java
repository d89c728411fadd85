package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;

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

import org.junit.jupiter.api.Test;
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

/**
 * Generated operations of three clients, one after the other, against a simple model: whatever one
 * client's call did is seen by each call of each client that starts after it returned (rule 1),
 * with new terms and lost answers in between (rules 3 and 5).
 */
class GeneratedOperationsTest {
    private static final int SEQUENCES = 250;
    private static final int OPERATIONS = 60;

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
        for (long seed = firstSeed; seed < firstSeed + SEQUENCES; seed++) {
            run(seed, seed % 2 == 0 ? Trouble.SOME : Trouble.NONE);
        }
    }

    @Test
    void aKnownSeedRunsTwice() throws Exception {
        run(7, Trouble.SOME);
        run(7, Trouble.SOME);
    }

    private void run(long seed, Trouble trouble) throws Exception {
        try (Run run = new Run(seed, trouble)) {
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

    private final class Run implements AutoCloseable {
        private final Random random;
        private final Trouble trouble;
        private final FakeCell fake = new FakeCell();
        private final ModelTree model = new ModelTree();
        private final List<Cell> cells = new ArrayList<>();
        private final AutoCloseable interception;

        Run(long seed, Trouble trouble) throws CellException {
            this.random = new Random(seed);
            this.trouble = trouble;
            for (int i = 0; i < 3; i++) {
                cells.add(connect(seed + "-" + i));
            }
            interception = fake.intercept((call, serve) -> {
                var answer = serve.get();
                boolean lose = trouble == Trouble.SOME
                        && call.method().changes()
                        && call.header().getRequest() > 0
                        && call.header().getRequest() % 5 == 0
                        && !call.server().host().isEmpty()
                        && loseOnce(call.header().getClient(), call.header().getRequest());
                if (lose) {
                    throw FailureException.of(FailureCode.INDETERMINATE, "lost");
                }
                return answer;
            });
        }

        private final java.util.Set<String> lost =
                java.util.concurrent.ConcurrentHashMap.newKeySet();

        private boolean loseOnce(long client, long request) {
            return lost.add(client + "/" + request);
        }

        private Cell connect(String cache) throws CellException {
            CellOptions options = CellOptions.at("directory.test:1")
                    .withCaller("ann", List.of("ann"))
                    .withTimeout(Duration.ofSeconds(10))
                    .withCache(local.resolve(cache));
            return Cell.connect(
                    options,
                    new Surroundings(
                            fake.transport(),
                            WallClock.system(),
                            BootTicker.system(),
                            Thread.ofVirtual().factory()));
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

        private static CellPath at(List<String> names) {
            return new CellPath(names.stream().map(Name::of).toList());
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
            cells.forEach(Cell::close);
        }
    }
}
