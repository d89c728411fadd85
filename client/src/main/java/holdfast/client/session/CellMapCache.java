package holdfast.client.session;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.proto.CellMap;
import holdfast.wire.proto.GetMap;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Method;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** What this client knows of the cell's map; it asks again when told that there is a newer one. */
public final class CellMapCache {
    private static final Logger LOG = LoggerFactory.getLogger(CellMapCache.class);
    private static final Duration BACKGROUND_LIMIT = Duration.ofSeconds(10);

    private final Environment environment;
    private final List<Address> given;
    private final ServerCalls directory;
    private final ReentrantLock asking = new ReentrantLock();
    private final AtomicBoolean askingInBackground = new AtomicBoolean();
    private volatile @Nullable CellView view;
    private volatile List<Address> directories;
    private final AtomicLong asked = new AtomicLong();

    /** A cache of the map that the servers at {@code given}, and others that they name, know. */
    public CellMapCache(Environment environment, List<Address> given) {
        this.environment = environment;
        this.given = List.copyOf(given);
        this.directories = this.given;
        this.directory =
                new ServerCalls(environment, "directory server", deadline -> directories, () -> {});
    }

    /** Where the members of the directory service are, as last told. */
    List<Address> directories() {
        return directories;
    }

    /** The map as last told; asked for when it never was. */
    public CellView view(Deadline deadline) {
        CellView known = view;
        return known != null ? known : refresh(deadline);
    }

    /** The map as it is told after this call began. */
    public CellView refresh(Deadline deadline) {
        long before = asked.get();
        asking.lock();
        try {
            CellView known = view;
            if (known != null && asked.get() - before >= 2) {
                return known;
            }
            CellView fresh = ask(deadline, known);
            view = fresh;
            asked.incrementAndGet();
            return fresh;
        } finally {
            asking.unlock();
        }
    }

    private CellView ask(Deadline deadline, @Nullable CellView known) {
        GetMap request = GetMap.newBuilder()
                .setKnownVersion(known == null ? 0 : known.version())
                .build();
        CellMap answer = directory.ask(DirectoryMethods.GET_MAP, request, deadline);
        learn(answer.getDirectoryList());
        return answer.getUnchanged() && known != null ? known : new CellView(answer);
    }

    /** The members of the directory service now, and behind them those given at the start. */
    private void learn(List<String> told) {
        directories = Stream.concat(told.stream().map(Address::parse), given.stream())
                .distinct()
                .toList();
    }

    /** A renewal named this version of the map; a newer one is asked for in the background. */
    void sawVersion(long version) {
        CellView known = view;
        if (known != null && known.version() < version) {
            refreshInBackground();
        }
    }

    /** Asks again without making the caller wait. */
    void refreshInBackground() {
        if (askingInBackground.compareAndSet(false, true)) {
            environment.start("holdfast-map", () -> {
                try {
                    refresh(environment.in(BACKGROUND_LIMIT));
                } catch (FailureException e) {
                    LOG.debug("cell map: {}", e.getMessage());
                } finally {
                    askingInBackground.set(false);
                }
            });
        }
    }

    /** Asks the directory service something that changes nothing. */
    public <Q extends Message, A extends Message> A ask(
            Method<Q, A> method, Q request, Deadline deadline) {
        return directory.ask(method, request, deadline);
    }

    /** Changes the map; a lost answer is INDETERMINATE. */
    public <Q extends Message, A extends Message> A change(
            Method<Q, A> method, Q request, Deadline deadline) {
        A answer = directory.changeOnce(method, request, deadline);
        refresh(deadline);
        return answer;
    }
}
