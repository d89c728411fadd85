package holdfast.server.callback;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.callback.PromiseTable.Kinds;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Renewal;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Transport.Channel;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The promises of one leader's term: notes them, breaks them, and waits until each client concerned
 * has acknowledged or its lease has run out. Safe for many threads.
 *
 * <p>A reader notes its promise before it reads and gives it up when the vnode moved meanwhile; a
 * change takes the holders after it was applied. So whoever read the state before the change is
 * told of it, and the wait is for a set of clients that no longer grows.
 */
public final class Callbacks {
    private static final long RECHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int PROMISES_PER_CLIENT_MAX = 1_000_000;
    private static final Duration SEND_WAIT = Duration.ofSeconds(5);

    private final Duration lease;
    private final Ticker ticker;
    private final Group group;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private final PromiseTable promises = new PromiseTable();
    private final Map<Long, ClientLine> lines = new HashMap<>();
    private final Set<Long> missing = new HashSet<>();
    private long term;
    private long missingUntilNanos;

    /** What callbacks need to know of their group. */
    public interface Group {
        /** The term in which this member leads, confirmed under the leader's lease. */
        long confirmLeadership(Deadline deadline);

        /** The index of the log up to which changes are applied and their breaks queued. */
        long index();

        /** The version of the cell's map that this server knows. */
        long mapVersion();

        /** Whether the committed client list has this client. */
        boolean knows(long client);
    }

    /** Promises that hold for {@code lease} without contact. */
    public Callbacks(Duration lease, Ticker ticker, Group group) {
        this.lease = lease;
        this.ticker = ticker;
        this.group = group;
    }

    public Duration lease() {
        return lease;
    }

    /**
     * This member leads; {@code listed} are the clients that former leaders may have promised
     * something (rule 3).
     */
    public void gained(long newTerm, Collection<Long> listed) {
        lock.lock();
        try {
            promises.clear();
            lines.clear();
            missing.clear();
            missing.addAll(listed);
            missingUntilNanos = ticker.nanos() + lease.toNanos();
            term = newTerm;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** This member does not lead any more; open channels end. */
    public void lost() {
        gained(0, List.of());
    }

    /** Waits until every listed client has come back or one full lease has passed (rule 3). */
    public void awaitClients(Deadline deadline) {
        lock.lock();
        try {
            while (!missing.isEmpty() && missingUntilNanos - ticker.nanos() > 0) {
                waitForMove(deadline, "waiting for the clients of the leader before");
            }
            missing.clear();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Notes promises before the caller reads. False when there is none: no lease, too many, or the
     * vnode is being changed.
     */
    public boolean promise(long client, long file, boolean vnode, boolean entries) {
        lock.lock();
        try {
            ClientLine line = lines.get(client);
            return line != null
                    && line.hasLease(ticker.nanos())
                    && promises.count(client) < PROMISES_PER_CLIENT_MAX
                    && promises.note(client, file, new Kinds(vnode, entries));
        } finally {
            lock.unlock();
        }
    }

    /** Gives up a promise that was noted and then not given. */
    public void withdraw(long client, long file) {
        lock.lock();
        try {
            promises.drop(client, file);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the client holds a vnode promise of {@code file}. */
    public boolean holdsVnode(long client, long file) {
        return held(client, file).vnode();
    }

    /** Whether the client holds an entries promise of {@code file}. */
    public boolean holdsEntries(long client, long file) {
        return held(client, file).entries();
    }

    private Kinds held(long client, long file) {
        lock.lock();
        try {
            ClientLine line = lines.get(client);
            return line == null || !line.hasLease(ticker.nanos())
                    ? Kinds.NONE
                    : promises.held(client, file);
        } finally {
            lock.unlock();
        }
    }

    /** A change of {@code files} has arrived; until it is closed they get no promise (rule 1b). */
    public Changing changing(Collection<Long> files) {
        List<Long> marked = List.copyOf(files);
        lock.lock();
        try {
            promises.beginChange(marked);
        } finally {
            lock.unlock();
        }
        return new Changing(marked);
    }

    /** A change under way. */
    public final class Changing implements AutoCloseable {
        private final List<Long> files;

        private Changing(List<Long> files) {
            this.files = files;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                promises.endChange(files);
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Breaks what {@code broken} touches and waits until each client but {@code changer} has
     * acknowledged or its lease has run out (rule 1a). A repeated request waits for the breaks of
     * the first: they are among those still open.
     */
    public void breakPromises(
            long changer, List<Broken> broken, boolean repeated, Deadline deadline) {
        lock.lock();
        try {
            Map<Long, Long> awaited = new HashMap<>();
            for (Map.Entry<Long, List<Broken>> told :
                    promises.take(broken, changer).entrySet()) {
                ClientLine line = lines.get(told.getKey());
                if (line != null) {
                    awaited.put(told.getKey(), line.add(term, told.getValue(), ticker.nanos()));
                    overflow(told.getKey(), line);
                }
            }
            if (repeated) {
                lines.forEach((client, line) -> {
                    if (client != changer) {
                        awaited.putIfAbsent(client, line.lastBreak());
                    }
                });
            }
            moved.signalAll();
            long began = term;
            while (term == began && !awaited.entrySet().stream().allMatch(this::settled)) {
                waitForMove(deadline, "waiting for other clients to give up what they cached");
            }
        } finally {
            lock.unlock();
        }
    }

    private void overflow(long client, ClientLine line) {
        if (line.overflowed()) {
            promises.dropAll(client);
        }
    }

    private boolean settled(Map.Entry<Long, Long> awaited) {
        ClientLine line = lines.get(awaited.getKey());
        return line == null
                || line.acknowledged(awaited.getValue())
                || !line.hasLease(ticker.nanos());
    }

    /** Waits a moment; its callers look again, in loops. */
    @SuppressWarnings("WaitNotInLoop")
    private void waitForMove(Deadline deadline, String what) {
        long left = deadline.leftNanos();
        if (left <= 0) {
            throw FailureException.of(FailureCode.INDETERMINATE, what + " did not end in time");
        }
        try {
            var unused = moved.awaitNanos(Math.min(left, RECHECK_NANOS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.INDETERMINATE, "interrupted while " + what);
        }
    }

    /** Serves one client's callback channel until it ends. */
    public void serve(RequestHeader header, Channel<FromServer, FromClient> channel) {
        long client = header.getClient();
        if (!group.knows(client)) {
            throw FailureException.of(
                    FailureCode.UNKNOWN_CLIENT, "this client is not registered here");
        }
        long served = group.confirmLeadership(Deadline.in(SEND_WAIT, ticker));
        Thread sender = Thread.ofVirtual()
                .name("breaks-" + client)
                .start(() -> sendBreaks(client, served, channel));
        try {
            while (true) {
                FromClient message = channel.receive(Deadline.in(lease.multipliedBy(6), ticker));
                take(client, served, message);
                if (message.getRenew()) {
                    renew(client, served, message, channel);
                }
            }
        } finally {
            sender.interrupt();
        }
    }

    private void take(long client, long served, FromClient message) {
        lock.lock();
        try {
            ClientLine line = lines.get(client);
            if (term != served || line == null) {
                return;
            }
            message.getDroppedList().forEach(file -> promises.drop(client, file));
            if (message.getTerm() == term) {
                missing.remove(client);
                line.acknowledge(message.getHandled());
                moved.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void renew(
            long client, long served, FromClient message, Channel<FromServer, FromClient> channel) {
        Deadline deadline = Deadline.in(SEND_WAIT, ticker);
        long confirmed = group.confirmLeadership(deadline);
        if (confirmed != served) {
            throw FailureException.of(FailureCode.NOT_LEADER, "another term has begun");
        }
        Renewal renewal;
        lock.lock();
        try {
            if (term != served) {
                throw FailureException.of(FailureCode.NOT_LEADER, "another term has begun");
            }
            ClientLine line = lines.computeIfAbsent(client, c -> new ClientLine());
            boolean extended = line.renew(ticker.nanos(), lease.toNanos());
            if (!extended) {
                promises.dropAll(client);
            }
            renewal = Renewal.newBuilder()
                    .setRenewal(message.getRenewal())
                    .setTerm(term)
                    .setLeaseMillis(extended ? (int) lease.toMillis() : 0)
                    .setMapVersion(group.mapVersion())
                    .setIndex(group.index())
                    .setLastBreak(line.lastBreak())
                    .build();
            moved.signalAll();
        } finally {
            lock.unlock();
        }
        channel.send(FromServer.newBuilder().setRenewal(renewal).build(), deadline);
    }

    private void sendBreaks(long client, long served, Channel<FromServer, FromClient> channel) {
        try {
            while (true) {
                Break next = nextBreak(client, served);
                channel.send(
                        FromServer.newBuilder().setBreak(next).build(),
                        Deadline.in(SEND_WAIT, ticker));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (FailureException e) {
            channel.close();
        }
    }

    private Break nextBreak(long client, long served) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (term == served) {
                ClientLine line = lines.get(client);
                Break next = line == null ? Break.getDefaultInstance() : line.nextToSend();
                if (next.getNumber() != 0) {
                    return next;
                }
                moved.await();
            }
            throw FailureException.of(FailureCode.NOT_LEADER, "another term has begun");
        } finally {
            lock.unlock();
        }
    }

    /** The client is gone: its promises end. */
    public void forget(long client) {
        lock.lock();
        try {
            promises.dropAll(client);
            lines.remove(client);
            missing.remove(client);
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many promises are held. */
    public long promises() {
        lock.lock();
        try {
            return promises.size();
        } finally {
            lock.unlock();
        }
    }
}
