package holdfast.server.registration;

import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.RegisterServerReply;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.ServerHeartbeat;
import holdfast.wire.proto.ServerHeartbeatReply;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Transport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Keeps one server registered: tries until the directory service is reached, then heartbeats, and
 * registers again when it is not known any more. Goes to the leader, or to the next of the
 * directory's members, when one does not lead or can't be reached; it learns of members beyond
 * those it was given. One virtual thread, until {@link #close}.
 */
public final class Registrar implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);
    private static final Duration CALL_TIME = Duration.ofSeconds(5);
    private static final Duration PAUSE_MIN = Duration.ofMillis(50);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

    private final Transport transport;
    private final Directories directories;
    private final RequestHeader header;
    private final RegisterServer self;
    private final Supplier<Space> space;
    private final News.Listener listener;
    private final Ticker ticker;
    private final CountDownLatch closing = new CountDownLatch(1);

    private Optional<News> told = Optional.empty();
    private boolean warned;
    private Duration pause = PAUSE_MIN;
    private Duration interval = PAUSE_MAX;

    /**
     * Begins at once.
     *
     * @param directory the directory service's members, at least one
     * @param caller who runs this server
     * @param self what this server says of itself; its space is filled in from {@code space}
     */
    public static Registrar start(
            Transport transport,
            List<Address> directory,
            Caller caller,
            RegisterServer self,
            Supplier<Space> space,
            News.Listener listener,
            Ticker ticker) {
        Registrar registrar =
                new Registrar(transport, directory, caller, self, space, listener, ticker);
        Thread.ofVirtual().name("registrar").start(registrar::keepRegistered);
        return registrar;
    }

    private Registrar(
            Transport transport,
            List<Address> directory,
            Caller caller,
            RegisterServer self,
            Supplier<Space> space,
            News.Listener listener,
            Ticker ticker) {
        this.transport = transport;
        this.directories = new Directories(directory);
        this.header = RequestHeader.newBuilder().setCaller(caller).build();
        this.self = self;
        this.space = space;
        this.listener = listener;
        this.ticker = ticker;
    }

    /** Stops; the server counts as down some seconds later. */
    @Override
    public void close() {
        closing.countDown();
    }

    private void keepRegistered() {
        boolean registered = false;
        boolean on = true;
        while (on) {
            try {
                registered = registered ? heartbeat() : register();
                pause = PAUSE_MIN;
                on = !rest(registered ? interval : PAUSE_MIN);
            } catch (FailureException e) {
                on = !isFinal(e) && !afterFailure(e);
            } catch (RuntimeException e) {
                LOG.error("what the directory server told could not be used", e);
                on = !rest(PAUSE_MAX);
            }
        }
    }

    private boolean register() {
        Space now = space.get();
        RegisterServer asked = self.toBuilder()
                .setCapacityBytes(now.capacityBytes())
                .setFreeBytes(now.freeBytes())
                .setDraining(now.draining())
                .build();
        RegisterServerReply reply = transport
                .call(directories.at(), DirectoryMethods.REGISTER_SERVER, header, asked, deadline())
                .message();
        if (reply.getHeartbeatMillis() > 0) {
            interval = Duration.ofMillis(reply.getHeartbeatMillis());
        }
        directories.learn(reply.getDirectoryList());
        if (warned) {
            warned = false;
            LOG.warn("registered with the directory server {} now", directories.at());
        }
        tell(new News(
                reply.getCell(),
                reply.getCellKey(),
                reply.getVolumesList(),
                reply.getMapVersion(),
                reply.getAdministratorsList()));
        return true;
    }

    /** Whether this server is still known. */
    private boolean heartbeat() {
        Space now = space.get();
        ServerHeartbeat beat = ServerHeartbeat.newBuilder()
                .setServer(self.getServer())
                .setCapacityBytes(now.capacityBytes())
                .setFreeBytes(now.freeBytes())
                .setDraining(now.draining())
                .build();
        ServerHeartbeatReply reply = transport
                .call(directories.at(), DirectoryMethods.SERVER_HEARTBEAT, header, beat, deadline())
                .message();
        directories.learn(reply.getDirectoryList());
        if (reply.getUnknown()) {
            return false;
        }
        told.ifPresent(last -> tell(new News(
                last.cell(),
                last.key(),
                reply.getVolumesList(),
                reply.getMapVersion(),
                reply.getAdministratorsList())));
        return true;
    }

    /** Once a listener has failed, it is told again. */
    private void tell(News news) {
        if (!told.equals(Optional.of(news))) {
            listener.changed(news);
            told = Optional.of(news);
        }
    }

    /** A refusal that a repetition would meet again ends it all. */
    private boolean isFinal(FailureException e) {
        boolean refused = Directories.isFinal(e);
        if (refused) {
            listener.refused(e.failure());
        }
        return refused;
    }

    /** Goes to the next member after a pause, each longer than the last; whether closed. */
    private boolean afterFailure(FailureException e) {
        if (!warned && pause.equals(PAUSE_MAX)) {
            warned = true;
            LOG.warn(
                    "the directory server can't be reached yet; this server keeps trying: {}",
                    e.getMessage());
        }
        directories.goElsewhere(e);
        boolean closed = rest(pause);
        Duration longer = pause.multipliedBy(2);
        pause = longer.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : longer;
        return closed;
    }

    private Deadline deadline() {
        return Deadline.in(CALL_TIME, ticker);
    }

    /** Whether it is closed. */
    private boolean rest(Duration time) {
        try {
            return closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
