package holdfast.verify.simulation;

import holdfast.testkit.simulation.Pace;
import holdfast.testkit.simulation.World;
import holdfast.verify.simulation.Step.Kind;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** One run of a program in a world of its own. */
final class Run {
    private static final Duration START_MAX = Duration.ofMinutes(2);
    private static final Duration RUN_MAX = Duration.ofMinutes(15);
    private static final Duration AUDIT_MAX = Duration.ofMinutes(3);
    private static final Duration SETTLED_MAX = Duration.ofMinutes(1);
    private static final Duration LOOK = Duration.ofMillis(500);
    /** After which no lease of before holds, and each group has a leader. */
    private static final Duration CALM = Duration.ofSeconds(12);

    private static final List<String> FILES = List.of("/a", "/b", "/d/a", "/d/b", "/e/a", "/n");
    private static final List<String> DIRECTORIES = List.of("/", "/d", "/e");

    private static final double LOSS = 0.05;

    private final Program program;
    private final World world;
    private final History history;
    private final SimulatedCell cell;
    private final List<ClientNode> clients = new ArrayList<>();
    private final Promises promises;
    private int seen;
    private int ids = 10_000;

    /** What came of a run: what is wrong, if anything, and a number that tells runs apart. */
    record Result(Optional<String> wrong, long trace, long steps, Duration time, String history) {}

    Run(long seed, Program program, Path folder) {
        this.program = program;
        this.world = new World(seed);
        this.history = new History(world);
        this.cell = new SimulatedCell(world, folder, program.conditions(), history);
        this.promises = new Promises(history.truth(), clients);
    }

    Result result() {
        Optional<String> wrong;
        try {
            wrong = Optional.<String>empty()
                    .or(this::found)
                    .or(this::work)
                    .or(this::audit)
                    .or(history::firstWrong)
                    .or(this::settled)
                    .or(this::judge);
        } catch (RuntimeException | Error e) {
            wrong = Optional.of("the run ended with " + Traces.of(e));
        }
        StringBuilder text = new StringBuilder();
        history.events().forEach(event -> text.append(event).append('\n'));
        return new Result(wrong, world.trace(), world.steps(), world.time(), text.toString());
    }

    private Optional<String> judge() {
        return new Checker(history.events(), history.truth(), program.sheltered(), Set.of())
                .check();
    }

    // ---- the beginning -------------------------------------------------------------------------

    /** A cell with some files and directories. */
    private Optional<String> found() {
        cell.start();
        ClientNode founder = new ClientNode(
                cell,
                history,
                0,
                List.of(
                        step(Kind.MKDIR, "/d"),
                        step(Kind.MKDIR, "/e"),
                        step(Kind.PUT, "/a"),
                        step(Kind.PUT, "/b"),
                        step(Kind.PUT, "/d/a")),
                clients);
        founder.leaveWhenDone();
        founder.start();
        return runUntil(founder::left, START_MAX, "the cell did not start");
    }

    private Step step(Kind kind, String path) {
        return step(kind, path, Duration.ZERO);
    }

    private Step step(Kind kind, String path, Duration pause) {
        ids++;
        return new Step(ids, kind, path, "", pause, Duration.ZERO, ids % 3 == 0);
    }

    // ---- the program ---------------------------------------------------------------------------

    private Optional<String> work() {
        for (int i = 0; i < program.clients().size(); i++) {
            clients.add(new ClientNode(cell, history, i + 1, program.clients().get(i), clients));
        }
        clients.forEach(ClientNode::start);
        Troubles troubles = new Troubles(world, cell.servers(), clients, LOSS);
        program.faults().forEach(troubles::plan);
        Optional<String> wrong =
                runUntil(() -> troubles.over() && allDone(), RUN_MAX, "steps did not end");
        troubles.mendAll();
        world.pace(Pace.USUAL);
        return wrong;
    }

    /** A newcomer looks at everything; everybody else still gets on. */
    private Optional<String> audit() {
        Duration calm = program.isCalmAfterwards() ? Duration.ZERO : CALM;
        ClientNode newcomer = new ClientNode(cell, history, clients.size() + 1, List.of(), clients);
        newcomer.start();
        for (ClientNode client : clients) {
            int n = client.number();
            client.add(List.of(
                    step(Kind.STAT, "/", calm),
                    step(Kind.READ, FILES.get(n % FILES.size())),
                    step(Kind.LIST, DIRECTORIES.get(n % DIRECTORIES.size())),
                    step(Kind.EDIT, FILES.get(n % 2)),
                    step(Kind.RECALL, "/")));
        }
        clients.add(newcomer);
        newcomer.add(List.of(step(Kind.STAT, "/", calm)));
        newcomer.add(FILES.stream().map(path -> step(Kind.READ, path)).toList());
        newcomer.add(DIRECTORIES.stream().map(path -> step(Kind.LIST, path)).toList());
        newcomer.add(FILES.stream().map(path -> step(Kind.EDIT, path)).toList());
        newcomer.add(List.of(step(Kind.PUT, "/last")));
        int before = history.events().size();
        return runUntil(this::allDone, AUDIT_MAX, "no progress after the faults")
                .or(() -> history.events().stream()
                        .skip(before)
                        .filter(event -> event.failure != null && Checker.isTrouble(event.failure))
                        .map(event -> "trouble after all faults: " + event)
                        .findFirst());
    }

    /** The servers bring what they lack, and end what has ended. */
    private Optional<String> settled() {
        Replicas replicas = new Replicas(cell, history, clients.size());
        Duration end = world.time().plus(SETTLED_MAX);
        while (!replicas.complete() && world.time().compareTo(end) < 0) {
            boolean unused = world.run(() -> false, LOOK);
        }
        return replicas.check();
    }

    /** Looks at what clients believe, when a step has just ended. */
    private void look() {
        List<Event> ended = history.ended();
        if (seen < ended.size()) {
            Truth truth = history.truth();
            for (; seen < ended.size(); seen++) {
                promises.ended(ended.get(seen));
            }
            if (truth.commands() > 0) {
                promises.check().ifPresent(history::wrong);
            }
        }
    }

    private Optional<String> runUntil(BooleanSupplier over, Duration most, String otherwise) {
        boolean ended = world.run(
                () -> {
                    look();
                    return history.isWrong() || over.getAsBoolean();
                },
                most);
        return history.firstWrong().or(() -> ended ? Optional.empty() : Optional.of(otherwise));
    }

    private boolean allDone() {
        for (ClientNode client : clients) {
            if (!client.done()) {
                return false;
            }
        }
        return true;
    }
}
