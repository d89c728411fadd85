package holdfast.verify.simulation;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.testkit.simulation.Host;
import holdfast.testkit.simulation.RunningProcess;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** A client's machine: its steps, which go on with the next when the process is started again. */
final class ClientNode implements Client {
    private final SimulatedCell cell;
    private final History history;
    private final int number;
    private final Host host;
    private final List<Step> steps;
    private final Map<OpenFile, Long> openForWriting = new HashMap<>();
    private Optional<RunningProcess> process = Optional.empty();
    private Optional<Event> current = Optional.empty();
    private Optional<Cell> connection = Optional.empty();
    private long answersAt;
    private int next;
    private boolean busy;
    private final List<ClientNode> all;
    private int copies;
    private boolean leaves;
    private boolean left;

    ClientNode(
            SimulatedCell cell,
            History history,
            int number,
            List<Step> steps,
            List<ClientNode> all) {
        this.all = all;
        this.cell = cell;
        this.history = history;
        this.number = number;
        this.host = cell.world().host("c" + number);
        this.steps = new ArrayList<>(steps);
    }

    Host host() {
        return host;
    }

    int number() {
        return number;
    }

    Optional<RunningProcess> process() {
        return process;
    }

    boolean done() {
        return next >= steps.size() && !busy;
    }

    @Override
    public long now() {
        return history.now();
    }

    @Override
    public void wrong(String what) {
        history.wrong(what);
    }

    @Override
    public void opened(OpenFile file, long at) {
        Exclusion.opened(history, this, file, all);
        openForWriting.put(file, at);
    }

    @Override
    public void closed(OpenFile file) {
        openForWriting.remove(file);
    }

    @Override
    public Path scratch() {
        copies++;
        return cell.folder("copy-" + number + "-" + copies);
    }

    @Override
    public List<Text> keptBefore() {
        return history.events().stream()
                .filter(event -> event.client == number && Boolean.TRUE.equals(event.kept))
                .map(event -> event.written)
                .toList();
    }

    /** More to do, for a process that has nothing left to do. */
    void add(List<Step> more) {
        steps.addAll(more);
    }

    void start() {
        if (process.isEmpty()) {
            process = Optional.of(host.start("client" + number, this::main));
        }
    }

    void kill() {
        process.ifPresent(RunningProcess::kill);
        process = Optional.empty();
        current = Optional.empty();
        busy = false;
        connection = Optional.empty();
        openForWriting.clear();
        Statics.forget(cell.folder("c" + number));
    }

    /** The machine stops at once and boots: what its cache did not sync may be torn. */
    void losePower() {
        kill();
        new ClientDisk(cell.folder("c" + number)).boot(cell.world().random());
    }

    /** Answers to walks that come within this time are held until it is over. */
    void holdAnswers(Duration lasts) {
        answersAt = history.now() + lasts.toNanos();
    }

    /** On a thread that has an answer: waits while answers are held. */
    void holdAnswer() {
        long left = answersAt - history.now();
        if (left > 0) {
            LockSupport.parkNanos(left);
        }
    }

    /** How it is connected, when it is. */
    Optional<Cell> connection() {
        return connection;
    }

    /** Its process ends when it has nothing left to do. */
    void leaveWhenDone() {
        leaves = true;
    }

    boolean left() {
        return left;
    }

    Optional<Event> current() {
        return current;
    }

    /** Files that are open for writing here, and since when. */
    Map<OpenFile, Long> openForWriting() {
        return openForWriting;
    }

    private void main() {
        try (Cell connected = connect()) {
            connection = Optional.of(connected);
            Steps work = new Steps(connected, this);
            work.awaitVolume();
            work.recover(history.events().stream()
                    .filter(event ->
                            event.client == number && event.outcome == Event.Outcome.NONE));
            while (!leaves || next < steps.size()) {
                while (next < steps.size()) {
                    Step step = steps.get(next);
                    next++;
                    busy = true;
                    Thread.sleep(step.pause().toMillis());
                    Event event = history.begin(number, step);
                    current = Optional.of(event);
                    work.run(event);
                    history.end(event);
                    current = Optional.empty();
                    busy = false;
                }
                Thread.sleep(leaves ? 0 : 500);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            history.wrong("client " + number + " died of " + e);
            e.printStackTrace();
        }
        connection = Optional.empty();
        left = true;
    }

    private Cell connect() throws InterruptedException {
        while (true) {
            try {
                return cell.connect(this);
            } catch (CellException e) {
                Thread.sleep(Duration.ofMillis(500).toMillis());
            }
        }
    }
}
