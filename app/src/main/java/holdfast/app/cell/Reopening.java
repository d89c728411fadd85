package holdfast.app.cell;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** A server that may be closed and opened anew in its process, after its folder was changed. */
final class Reopening implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reopening.class);

    private final Function<Runnable, RunningServer> opening;
    private final CompletableFuture<Failure> over = new CompletableFuture<>();

    /** Held while the server is opened and closed, so that only one of these goes on. */
    private final ReentrantLock turn = new ReentrantLock();

    private volatile Optional<RunningServer> current = Optional.empty();
    private boolean closed;

    private Reopening(Function<Runnable, RunningServer> opening) {
        this.opening = opening;
    }

    /**
     * Opens a server.
     *
     * @param opening is given what opens it anew, soon
     */
    static RunningServer start(Function<Runnable, RunningServer> opening) {
        Reopening reopening = new Reopening(opening);
        return new RunningServer(reopening.open().address(), reopening.over, reopening);
    }

    private RunningServer open() {
        RunningServer server = opening.apply(this::soon);
        current = Optional.of(server);
        var unused = server.over().thenAccept(failure -> {
            if (current.equals(Optional.of(server))) {
                over.complete(failure);
            }
        });
        return server;
    }

    private void soon() {
        Thread.ofPlatform().name("reopening").start(this::reopen);
    }

    private void reopen() {
        turn.lock();
        try {
            if (!closed) {
                closeCurrent();
                RunningServer again = open();
                LOG.info("opened again at {}", again.address());
            }
        } catch (FailureException e) {
            over.complete(e.failure());
        } catch (Exception e) {
            LOG.error("the server could not be opened again", e);
            over.complete(Failure.of(FailureCode.INTERNAL, "the server could not be opened again"));
        } finally {
            turn.unlock();
        }
    }

    private void closeCurrent() throws Exception {
        Optional<RunningServer> server = current;
        current = Optional.empty();
        if (server.isPresent()) {
            server.get().close();
        }
    }

    @Override
    public void close() throws Exception {
        turn.lock();
        try {
            closed = true;
            closeCurrent();
        } finally {
            turn.unlock();
        }
    }
}
