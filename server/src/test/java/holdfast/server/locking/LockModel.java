package holdfast.server.locking;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.model.lock.Mode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Generated operations on a table, beside a queue for each file that is as simple as can be. */
final class LockModel {
    private static final int FILES = 3;
    private static final int SESSIONS = 4;

    /** Per file: who asked, in order. The longest prefix that goes together, in turn, holds. */
    private final Map<Long, List<Ask>> queues = new HashMap<>();

    private final Map<Ask.Key, Held> held = new HashMap<>();
    private final LockTable table = new LockTable(1, true);
    private final Random random;
    private final int seed;
    private FencingToken newest = FencingToken.NONE;
    private long request;

    LockModel(Random random, int seed) {
        this.random = random;
        this.seed = seed;
        for (int file = 0; file < FILES; file++) {
            queues.put(FileId.of(1, file + 1).value(), new ArrayList<>());
        }
    }

    void run(int steps) {
        for (int step = 0; step < steps; step++) {
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> askOne();
                case 3 -> releaseOne();
                case 4 -> cancelOne();
                default -> {
                    if (random.nextInt(4) == 0) {
                        endOne();
                    }
                }
            }
            compare(step);
        }
    }

    private void askOne() {
        Ask ask = new Ask(
                new Ask.Key(1 + random.nextInt(SESSIONS), ++request),
                FileId.of(1, 1 + random.nextInt(FILES)).value(),
                random.nextBoolean() ? Mode.SHARED : Mode.EXCLUSIVE,
                "",
                0);
        queue(ask.file()).add(ask);
        table.ask(ask).ifPresent(grant -> note(List.of(grant)));
    }

    private void releaseOne() {
        if (!held.isEmpty()) {
            Held gone = List.copyOf(held.values()).get(random.nextInt(held.size()));
            held.remove(gone.ask().key());
            queue(gone.ask().file()).remove(gone.ask());
            note(table.release(gone.ask().session(), gone.ask().file(), gone.token()));
        }
    }

    private void cancelOne() {
        List<Ask> all = queues.values().stream().flatMap(List::stream).toList();
        if (!all.isEmpty()) {
            Ask gone = all.get(random.nextInt(all.size()));
            held.remove(gone.key());
            queue(gone.file()).remove(gone);
            note(table.cancel(gone.key()));
        }
    }

    private void endOne() {
        long session = 1L + random.nextInt(SESSIONS);
        queues.values().forEach(queue -> queue.removeIf(ask -> ask.session() == session));
        held.values().removeIf(grant -> grant.ask().session() == session);
        note(table.end(session));
    }

    private void note(List<Held> granted) {
        for (Held grant : granted) {
            assertThat(grant.token()).as("seed %d", seed).isGreaterThan(newest);
            newest = grant.token();
            held.put(grant.ask().key(), grant);
        }
    }

    private List<Ask> queue(long file) {
        return queues.getOrDefault(file, List.of());
    }

    private void compare(int step) {
        Set<Ask.Key> expected = new HashSet<>();
        queues.values().forEach(queue -> {
            for (Ask ask : queue) {
                boolean goes = queue.stream()
                        .takeWhile(other -> !other.equals(ask))
                        .allMatch(other -> other.mode().goesWith(ask.mode()));
                if (!goes) {
                    break;
                }
                expected.add(ask.key());
            }
        });
        assertThat(held.keySet()).as("seed %d, step %d", seed, step).isEqualTo(expected);
        assertThat(table.holders()).as("seed %d, step %d", seed, step).isEqualTo(held.size());
        int all = queues.values().stream().mapToInt(List::size).sum();
        assertThat(table.waiters()).as("seed %d", seed).isEqualTo(all - held.size());
    }
}
