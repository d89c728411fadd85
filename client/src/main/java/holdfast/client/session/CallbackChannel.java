package holdfast.client.session;

import holdfast.client.session.Environment.Moment;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Renewal;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Transport.Channel;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connection on which a group renews this client's lease and breaks its promises.
 *
 * <p>One thread receives: a break takes effect in memory and is acknowledged at once (1e). Another
 * sends renewals at a fifth of the lease, each naming the last break handled (2a). When the channel
 * is lost the lease runs on to its end while a new channel is opened: breaks not acknowledged come
 * again on it.
 */
final class CallbackChannel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CallbackChannel.class);
    private static final Duration OPEN_LIMIT = Duration.ofSeconds(5);
    private static final Duration SEND_LIMIT = Duration.ofSeconds(5);
    private static final Duration FIRST_LEASE_WAIT = Duration.ofSeconds(2);
    private static final int RENEWALS_OPEN_MAX = 16;
    private static final int RENEWALS_A_LEASE = 5;

    private final Environment environment;
    private final GroupConnection connection;
    private final CellMapCache map;
    private final Lease lease;
    private final PromiseKeeper keeper;
    private final Counters counters;
    private final AtomicBoolean started = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ReentrantLock sending = new ReentrantLock();
    private @Nullable Channel<FromClient, FromServer> open;
    private boolean renewSoon;
    private boolean leasedOnce;
    private boolean closed;
    private long knownGeneration;
    private Backoff backoff = new Backoff();
    private @Nullable RequestNumbers numbered;
    private volatile long handled;
    private volatile long handledTerm;

    CallbackChannel(
            Environment environment,
            GroupConnection connection,
            CellMapCache map,
            Lease lease,
            PromiseKeeper keeper,
            Counters counters) {
        this.environment = environment;
        this.connection = connection;
        this.map = map;
        this.lease = lease;
        this.keeper = keeper;
        this.counters = counters;
    }

    boolean started() {
        return started.get();
    }

    void start() {
        if (started.compareAndSet(false, true)) {
            environment.start("holdfast-callbacks-" + connection.group(), this::run);
        }
    }

    /** Waits for the first lease, but not for long: without it everything works, only slower. */
    void awaitFirstLease(Deadline deadline) {
        Deadline limit = deadline.atMost(FIRST_LEASE_WAIT);
        lock.lock();
        try {
            while (!leasedOnce && !closed && !limit.passed()) {
                changed.awaitNanos(limit.leftNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "cancelled while connecting");
        } finally {
            lock.unlock();
        }
    }

    /** Asks for a renewal now rather than at its time. */
    void renewSoon() {
        lock.lock();
        try {
            renewSoon = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (!connection.closed()) {
            try {
                serve(environment.in(OPEN_LIMIT));
            } catch (FailureException e) {
                LOG.debug("callbacks of group {}: {}", connection.group(), e.getMessage());
                if (connection.closed() || Thread.currentThread().isInterrupted()) {
                    return;
                }
                connection.calls().tryNext();
                environment.pause(backoff.next(), environment.in(OPEN_LIMIT));
            }
        }
    }

    private void serve(Deadline limit) {
        Registration mine = connection.registration(limit);
        startNumberingFor(mine);
        RequestHeader header = RequestHeader.newBuilder()
                .setCaller(environment.caller())
                .setClient(mine.client())
                .build();
        Address server = connection.calls().preferred(limit);
        try (Channel<FromClient, FromServer> channel =
                environment.transport().openCallbacks(server, header, limit)) {
            serve(channel, mine);
        } catch (FailureException e) {
            if (e.code() == FailureCode.UNKNOWN_CLIENT) {
                connection.forget(mine);
            }
            throw e;
        }
    }

    private void startNumberingFor(Registration mine) {
        if (numbered != mine.numbers()) {
            numbered = mine.numbers();
            handled = 0;
            handledTerm = 0;
        }
    }

    private void serve(Channel<FromClient, FromServer> channel, Registration mine) {
        if (!opened(channel)) {
            return;
        }
        Renewals renewals = new Renewals(channel, mine);
        environment.start("holdfast-renewals-" + connection.group(), renewals);
        try {
            receiveAll(channel, renewals, mine);
        } finally {
            renewals.stop();
        }
    }

    private boolean opened(Channel<FromClient, FromServer> channel) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            open = channel;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void receiveAll(
            Channel<FromClient, FromServer> channel, Renewals renewals, Registration mine) {
        while (!connection.closed()) {
            // A server that answers no renewal for so long is not there: another may lead.
            FromServer message = channel.receive(
                    environment.in(mine.lease().multipliedBy(2).dividedBy(RENEWALS_A_LEASE)));
            backoff = new Backoff();
            if (message.hasBreak()) {
                handle(message.getBreak(), channel);
            }
            if (message.hasRenewal() && !renewals.answered(message.getRenewal())) {
                lease.end();
                keeper.voided();
                handledUpTo(message.getRenewal().getTerm(), message.getRenewal().getLastBreak());
                return;
            }
        }
    }

    private void handle(Break broken, Channel<FromClient, FromServer> channel) {
        connection.sawTerm(broken.getTerm());
        keeper.broken(broken.getItemsList());
        counters.broken(broken.getItemsCount());
        handledUpTo(broken.getTerm(), broken.getNumber());
        send(channel, FromClient.newBuilder());
    }

    private void handledUpTo(long term, long number) {
        handled = term == handledTerm ? Math.max(handled, number) : number;
        handledTerm = term;
    }

    private void send(Channel<FromClient, FromServer> channel, FromClient.Builder message) {
        sending.lock();
        try {
            message.setHandled(handled).setTerm(handledTerm);
            channel.send(message.build(), environment.in(SEND_LIMIT));
        } finally {
            sending.unlock();
        }
    }

    /** The renewals of one channel. */
    private final class Renewals implements Runnable {
        private final Channel<FromClient, FromServer> channel;
        private final Registration mine;
        private final Map<Long, Moment> asked = new LinkedHashMap<>();
        private long newest;
        private boolean stopped;

        Renewals(Channel<FromClient, FromServer> channel, Registration mine) {
            this.channel = channel;
            this.mine = mine;
        }

        @Override
        public void run() {
            try {
                while (awaitTime(newest == 0 ? 0 : mine.lease().toNanos() / RENEWALS_A_LEASE)) {
                    ask();
                }
            } catch (FailureException e) {
                channel.close();
            }
        }

        private boolean awaitTime(long nanos) {
            Deadline next = environment.in(Duration.ofNanos(nanos));
            lock.lock();
            try {
                while (!stopped && !renewSoon && !next.passed()) {
                    changed.awaitNanos(next.leftNanos());
                }
                renewSoon = false;
                return !stopped;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            } finally {
                lock.unlock();
            }
        }

        private void ask() {
            Moment now = environment.now();
            long number = number(now);
            send(channel, FromClient.newBuilder().setRenew(true).setRenewal(number));
        }

        private long number(Moment now) {
            lock.lock();
            try {
                asked.put(++newest, now);
                if (asked.size() > RENEWALS_OPEN_MAX) {
                    asked.remove(asked.keySet().iterator().next());
                }
                return newest;
            } finally {
                lock.unlock();
            }
        }

        /** Takes an answer; false when this client has to start anew. */
        boolean answered(Renewal renewal) {
            map.sawVersion(renewal.getMapVersion());
            Moment since = askedAt(renewal.getRenewal());
            if (renewal.getLeaseMillis() == 0) {
                LOG.info("group {} did not renew the lease: starting anew", connection.group());
                return false;
            }
            connection.sawTerm(renewal.getTerm());
            if (renewal.getTerm() != handledTerm) {
                handledUpTo(renewal.getTerm(), 0);
                send(channel, FromClient.newBuilder()); // a new leader waits for this (rule 3)
            }
            if (since != null) {
                extend(renewal, since);
            }
            return true;
        }

        private @Nullable Moment askedAt(long number) {
            lock.lock();
            try {
                return asked.remove(number);
            } finally {
                lock.unlock();
            }
        }

        private void extend(Renewal renewal, Moment since) {
            Duration full = Duration.ofMillis(renewal.getLeaseMillis());
            long generation = lease.granted(renewal.getTerm(), since, full);
            boolean began = generation != 0 && generation != knownGeneration;
            if (began) {
                knownGeneration = generation;
                keeper.leaseBegan(generation);
            }
            lock.lock();
            try {
                leasedOnce |= generation != 0;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void stop() {
            lock.lock();
            try {
                stopped = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public void close() {
        Channel<FromClient, FromServer> last;
        lock.lock();
        try {
            closed = true;
            last = open;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (last != null) {
            last.close();
        }
    }
}
