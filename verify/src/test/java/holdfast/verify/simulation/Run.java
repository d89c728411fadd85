package holdfast.verify.simulation;

import holdfast.testkit.simulation.World;
import holdfast.verify.simulation.Step.Kind;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** One run of a program in a world of its own. */
final class Run {
    private static final Duration START_MAX = Duration.ofMinutes(2);
    private static final Duration RUN_MAX = Duration.ofMinutes(15);
    private static final Duration AUDIT_MAX = Duration.ofMinutes(3);
    private static final double LOSS = 0.05;

    private final Program program;
    private final World world;
    private final History history;
    private final SimulatedCell cell;
    private final List<ClientNode> clients = new ArrayList<>();
    private int ids = 10_000;

    /** What came of a run: what is wrong, if anything, and a number that tells runs apart. */
    record Result(Optional<String> wrong, long trace, long steps, Duration time, String history) {}

    Run(long seed, Program program, Path folder) {
        this.program = program;
        this.world = new World(seed);
        this.history = new History(world);
        this.cell = new SimulatedCell(world, folder, program.sizes(), history);
    }

    Result result() {
        Optional<String> wrong;
        try {
            wrong = Optional.<String>empty()
                    .or(this::found)
                    .or(this::work)
                    .or(this::audit)
                    .or(history::firstWrong)
                    .or(() -> new Replicas(cell).check())
                    .or(this::judge);
        } catch (RuntimeException | Error e) {
            wrong = Optional.of("the run ended with " + Traces.of(e));
        }
        StringBuilder text = new StringBuilder();
        history.events().forEach(event -> text.append(event).append('\n'));
        return new Result(wrong, world.trace(), world.steps(), world.time(), text.toString());
    }

    private Optional<String> judge() {
        return new Checker(
                        history.events(),
                        new Truth(history.commits()),
                        program.sheltered(),
                        Set.of())
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
        ids++;
        return new Step(
                ids,
                kind,
                path,
                "",
                Duration.ZERO,
                Duration.ZERO,
                program.sizes().files() == 1 && ids % 3 == 0);
    }

    // ---- the program ---------------------------------------------------------------------------

    private Optional<String> work() {
        for (int i = 0; i < program.clients().size(); i++) {
            clients.add(new ClientNode(cell, history, i + 1, program.clients().get(i), clients));
        }
        clients.forEach(ClientNode::start);
        Troubles troubles = new Troubles(world, cell.servers(), clients, LOSS);
        program.faults().forEach(troubles::plan);
        Optional<String> wrong = runUntil(
                () -> troubles.over() && clients.stream().allMatch(ClientNode::done),
                RUN_MAX,
                "steps did not end");
        troubles.mendAll();
        return wrong;
    }

    /** Everybody, and a newcomer, looks at everything. */
    private Optional<String> audit() {
        ClientNode newcomer = new ClientNode(cell, history, clients.size() + 1, List.of(), clients);
        newcomer.start();
        clients.add(newcomer);
        for (ClientNode client : clients) {
            client.add(Stream.of("/a", "/b", "/d/a", "/d/b", "/e/a", "/n")
                    .map(path -> step(Kind.READ, path))
                    .toList());
            client.add(Stream.of("/", "/d", "/e")
                    .map(path -> step(Kind.LIST, path))
                    .toList());
            client.add(List.of(
                    step(Kind.EDIT, "/a"),
                    step(Kind.EDIT, "/b"),
                    step(Kind.PUT, "/last" + client.number())));
        }
        int before = history.events().size();
        return runUntil(
                        () -> clients.stream().allMatch(ClientNode::done),
                        AUDIT_MAX,
                        "no progress after the faults")
                .or(() -> history.events().stream()
                        .skip(before)
                        .filter(event -> event.failure != null && Checker.isTrouble(event.failure))
                        .map(event -> "trouble after all faults: " + event)
                        .findFirst());
    }

    private Optional<String> runUntil(BooleanSupplier over, Duration most, String otherwise) {
        boolean ended =
                world.run(() -> over.getAsBoolean() || history.firstWrong().isPresent(), most);
        return history.firstWrong().or(() -> ended ? Optional.empty() : Optional.of(otherwise));
    }
}
