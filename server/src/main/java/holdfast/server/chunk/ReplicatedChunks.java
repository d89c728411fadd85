package holdfast.server.chunk;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Ticker;
import holdfast.server.chunk.Peers.Peer;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.Transport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * This member's chunks, and those of the other members of its replica group. What clients send is
 * sent on as it comes. What is {@link #sync}ed is durable on a majority: the others are sent what
 * they still lack while this member's own disk works, and whoever is slow goes on in the
 * background. A chunk that is lacking or damaged here is brought from another member, which has the
 * same under the same hash.
 */
public final class ReplicatedChunks implements ChunkStore {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedChunks.class);

    /** Copies under way to one member; a further one counts as failed. */
    private static final int COPIES_MAX = 256;

    /** Chunks that are brought at a time. */
    private static final int BRINGING = 8;

    private final ChunkStore own;
    private final Peers peers;
    private final LongSupplier collection;
    private final PeerCalls calls;
    private final Map<String, Semaphore> underWay = new ConcurrentHashMap<>();
    private final Map<Peer, SendingOn> sendingOn = new ConcurrentHashMap<>();

    /** @param collection the number of the last one logged */
    public ReplicatedChunks(
            ChunkStore own,
            Peers peers,
            LongSupplier collection,
            Transport transport,
            Ticker ticker) {
        this.own = own;
        this.peers = peers;
        this.collection = collection;
        this.calls = new PeerCalls(own, transport, ticker);
    }

    /** What the other members call. */
    public Service service() {
        return new ChunkCalls(own, peers::self).service();
    }

    // Durable on a majority

    @Override
    public void sync(Collection<ChunkHash> hashes) {
        List<Peer> others = peers.others();
        if (others.isEmpty() || hashes.isEmpty()) {
            own.sync(hashes);
            return;
        }
        Copies copies = new Copies(others.size());
        long number = collection.getAsLong();
        List<ChunkHash> all = List.copyOf(hashes);
        for (Peer other : others) {
            Thread.ofVirtual()
                    .name("copying-chunks")
                    .start(() -> copies.ended(copied(other, all, number)));
        }
        own.sync(all);
        copies.awaitMajority();
    }

    private SendingOn sendingOn(Peer other) {
        SendingOn known = sendingOn.get(other);
        if (known == null) {
            sendingOn.keySet().retainAll(peers.others());
            known = sendingOn.computeIfAbsent(
                    other,
                    to -> new SendingOn(hashes -> calls.copy(to, hashes, collection.getAsLong())));
        }
        return known;
    }

    /** What went wrong; null when the other has them all on its disk. */
    private @Nullable RuntimeException copied(Peer other, List<ChunkHash> all, long number) {
        Semaphore places = underWay.computeIfAbsent(other.id(), id -> new Semaphore(COPIES_MAX));
        if (!places.tryAcquire()) {
            return FailureException.of(
                    FailureCode.UNAVAILABLE, "the file server at " + other.address() + " is slow");
        }
        try {
            sendingOn(other).settle(all, calls.deadline());
            calls.replicate(other, all, number);
            return null;
        } catch (RuntimeException e) {
            LOG.debug("{} chunks were not copied to {}", all.size(), other.address(), e);
            return e;
        } finally {
            places.release();
        }
    }

    /** Counts what comes of the copies to others. */
    private static final class Copies {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private final int others;
        private final int needed;
        private int done;
        private int failed;
        private @Nullable RuntimeException last;

        Copies(int others) {
            this.others = others;
            this.needed = (others + 1) / 2;
        }

        void ended(@Nullable RuntimeException failure) {
            lock.lock();
            try {
                if (failure == null) {
                    done++;
                } else {
                    failed++;
                    last = failure;
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void awaitMajority() {
            lock.lock();
            try {
                while (done < needed) {
                    if (others - failed < needed) {
                        throw noMajority();
                    }
                    changed.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FailureException.of(
                        FailureCode.CANCELLED, "copying chunks to other members was cancelled");
            } finally {
                lock.unlock();
            }
        }

        private FailureException noMajority() {
            RuntimeException why = last;
            String message = "the chunks are on no majority of the file servers";
            return new FailureException(
                    Failure.of(
                            FailureCode.UNAVAILABLE,
                            why == null ? message : message + ": " + why.getMessage()),
                    why);
        }
    }

    // From others

    @Override
    public boolean obtain(ChunkHash hash) {
        return own.has(hash) || brought(hash);
    }

    @Override
    public List<ChunkHash> obtain(List<ChunkHash> hashes) {
        Queue<ChunkHash> wanted = new ConcurrentLinkedQueue<>();
        hashes.stream().filter(hash -> !own.has(hash)).forEach(wanted::add);
        Set<ChunkHash> lacking = ConcurrentHashMap.newKeySet();
        Set<ChunkHash> brought = ConcurrentHashMap.newKeySet();
        bringAll(wanted, hash -> (isBrought(hash) ? brought : lacking).add(hash));
        own.sync(brought);
        return List.copyOf(lacking);
    }

    /** Several at a time; ends early when it is interrupted. */
    private static void bringAll(Queue<ChunkHash> wanted, Consumer<ChunkHash> bring) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Math.min(BRINGING, wanted.size()); i++) {
            threads.add(Thread.ofVirtual().name("bringing-chunks").start(() -> {
                for (ChunkHash next = wanted.poll(); next != null; next = wanted.poll()) {
                    bring.accept(next);
                }
            }));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            wanted.clear();
            threads.forEach(Thread::interrupt);
            Thread.currentThread().interrupt();
            throw FailureException.of(
                    FailureCode.CANCELLED, "bringing chunks from other members was cancelled");
        }
    }

    private boolean brought(ChunkHash hash) {
        boolean is = isBrought(hash);
        if (is) {
            own.sync(List.of(hash));
        }
        return is;
    }

    /** Whether another has given it to us; it is not synced yet. */
    private boolean isBrought(ChunkHash hash) {
        for (Peer other : peers.others()) {
            try {
                calls.bring(other, hash, collection.getAsLong());
                return true;
            } catch (FailureException e) {
                LOG.debug("chunk {} is not to be had from {}", hash, other.address(), e);
            }
        }
        return false;
    }

    @Override
    public OpenChunks open(List<ChunkHash> hashes) {
        hashes.forEach(this::obtain);
        return own.open(hashes);
    }

    /** What is damaged or gone here is mended from another member, where one has it. */
    @Override
    public void verify(ChunkHash hash) {
        try {
            own.verify(hash);
        } catch (FailureException e) {
            boolean mendable =
                    e.code() == FailureCode.DAMAGED || e.code() == FailureCode.LACKS_CHUNKS;
            if (!mendable || !brought(hash)) {
                throw e;
            }
            LOG.warn("mended from another file server: {}", e.getMessage());
        }
    }

    @Override
    public void verifyOwn(ChunkHash hash) {
        own.verify(hash);
    }

    // This member's own

    @Override
    public void put(ChunkHash hash, long length, long number, ReadableByteChannel in) {
        own.put(hash, length, number, in);
        peers.others().forEach(other -> sendingOn(other).send(hash));
    }

    @Override
    public boolean touch(ChunkHash hash, long number) {
        return own.touch(hash, number);
    }

    @Override
    public boolean has(ChunkHash hash) {
        return own.has(hash);
    }

    @Override
    public long collect(long number, Predicate<ChunkHash> named) {
        return own.collect(number, named);
    }

    @Override
    public long freeBytes() {
        return own.freeBytes();
    }

    @Override
    public long capacityBytes() {
        return own.capacityBytes();
    }

    @Override
    public long chunks() {
        return own.chunks();
    }

    @Override
    public long bytes() {
        return own.bytes();
    }

    @Override
    public void close() {
        own.close();
    }
}
