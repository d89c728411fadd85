package holdfast.client.session;

import com.google.protobuf.Message;

import holdfast.client.session.ServerCalls.Retrying;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RegisterClient;
import holdfast.wire.proto.RegisterClientReply;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.UnregisterClient;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Bulk;
import holdfast.wire.transport.Method;
import holdfast.wire.transport.Transport.Answered;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * This process as a client of one replica group. It registers before the first promise or change,
 * numbers changes and repeats one whose answer was lost under the same number until its outcome is
 * known (rule 5), follows the group's leader, and keeps the lease alive over the callback channel.
 */
public final class GroupConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupConnection.class);
    private static final int FETCH = FileMethods.FETCH.kind();
    private static final Duration FAREWELL = Duration.ofMillis(500);

    private final Environment environment;
    private final String group;
    private final ServerCalls calls;
    private final Lease lease;
    private final PromiseKeeper keeper;
    private final @Nullable CallbackChannel callbacks;
    private final Counters counters;
    private final ReentrantLock registering = new ReentrantLock();
    private volatile @Nullable Registration registration;
    private volatile boolean closed;

    /** How a group is spoken to: with promises and a callback channel, or for a few calls only. */
    public enum Style {
        LASTING,
        ONE_SHOT
    }

    GroupConnection(
            Environment environment,
            CellMapCache map,
            String group,
            PromiseKeeper keeper,
            Style style,
            Counters counters) {
        this.environment = environment;
        this.group = group;
        this.keeper = keeper;
        this.counters = counters;
        this.lease = new Lease(environment);
        this.calls = new ServerCalls(
                environment,
                "file server of group " + group,
                deadline -> members(map, deadline),
                map::refreshInBackground);
        this.callbacks = style == Style.ONE_SHOT
                ? null
                : new CallbackChannel(environment, this, map, lease, keeper, counters);
    }

    private List<Address> members(CellMapCache map, Deadline deadline) {
        List<Address> known = map.view(deadline).members(group);
        return known.isEmpty() ? map.refresh(deadline).members(group) : known;
    }

    /** The group's id. */
    public String group() {
        return group;
    }

    /** The lease under which this group's promises hold. */
    public Lease lease() {
        return lease;
    }

    /**
     * Before a first request that asks for promises: registers, and waits a little for the first
     * lease. Later calls return at once.
     */
    public void ready(Deadline deadline) {
        if (callbacks != null && !callbacks.started()) {
            registration(deadline);
            callbacks.start();
            callbacks.awaitFirstLease(deadline);
        }
    }

    /** A call that changes nothing; repeated until the deadline. */
    public <Q extends Message, A extends Message> Answered<A> ask(
            Method<Q, A> method, Q request, Deadline deadline) {
        return ask(method, request, () -> Bulk.Source.NONE, () -> Bulk.Sink.NONE, deadline);
    }

    /**
     * A call that changes nothing, with bulk bytes; repeated until the deadline, each attempt with
     * a source and a sink of its own.
     */
    public <Q extends Message, A extends Message> Answered<A> ask(
            Method<Q, A> method,
            Q request,
            Supplier<Bulk.Source> out,
            Supplier<Bulk.Sink> in,
            Deadline deadline) {
        Retrying retrying = calls.retrying(deadline);
        while (true) {
            // a server takes bytes only from whom it can remember as their sender (rule 9)
            Registration mine = method.bulk() > 0 ? registration(deadline) : registration;
            RequestHeader header = RequestHeader.newBuilder()
                    .setCaller(environment.caller())
                    .setClient(mine == null ? 0 : mine.client())
                    .build();
            try {
                Address server = retrying.server();
                Bulk.Source bytes = out.get();
                boolean bulk = bytes.length() > 0 || method.kind() == FETCH;
                Deadline limit = bulk ? deadline : ServerCalls.attemptLimit(deadline);
                return noted(send(server, method, header, request, bytes, in.get(), limit));
            } catch (FailureException e) {
                if (e.code() == FailureCode.UNKNOWN_CLIENT && mine != null) {
                    forget(mine);
                    registration(deadline);
                } else {
                    retrying.after(e);
                }
            }
        }
    }

    /**
     * A change, done once (rule 5). INDETERMINATE when its outcome is still not known at the
     * deadline: the caller drops promises on what it touched (rule 1d).
     */
    public <Q extends Message, A extends Message> Answered<A> change(
            Method<Q, A> method, Q request, Deadline deadline) {
        while (true) {
            Registration mine = registration(deadline);
            long number = mine.numbers().next(deadline);
            try {
                return new ChangeUnderWay<>(method, request, mine, number).untilKnown(deadline);
            } catch (FailureException e) {
                if (e.code() != FailureCode.UNKNOWN_CLIENT || deadline.passed()) {
                    throw e;
                }
                forget(mine);
            } finally {
                mine.numbers().close(number);
            }
        }
    }

    /** One numbered change and what is known of it so far. */
    private final class ChangeUnderWay<Q extends Message, A extends Message> {
        private final Method<Q, A> method;
        private final Q request;
        private final Registration mine;
        private final long number;
        private @Nullable FailureException lost;

        ChangeUnderWay(Method<Q, A> method, Q request, Registration mine, long number) {
            this.method = method;
            this.request = request;
            this.mine = mine;
            this.number = number;
        }

        Answered<A> untilKnown(Deadline deadline) {
            Retrying retrying = calls.retrying(deadline);
            while (true) {
                try {
                    return noted(attempt(retrying.server(), ServerCalls.attemptLimit(deadline)));
                } catch (FailureException e) {
                    judge(e);
                    again(retrying, e);
                }
            }
        }

        private Answered<A> attempt(Address server, Deadline limit) {
            RequestHeader header = RequestHeader.newBuilder()
                    .setCaller(environment.caller())
                    .setClient(mine.client())
                    .setRequest(number)
                    .setLowestOpen(mine.numbers().lowestOpen())
                    .build();
            return send(server, method, header, request, Bulk.Source.NONE, Bulk.Sink.NONE, limit);
        }

        private void judge(FailureException e) {
            if (e.code() == FailureCode.INDETERMINATE || e.code() == FailureCode.TIMED_OUT) {
                lost = e;
            } else if (e.code() == FailureCode.UNKNOWN_CLIENT && lost != null) {
                throw unknown(lost);
            }
        }

        private void again(Retrying retrying, FailureException e) {
            try {
                retrying.after(e);
            } catch (FailureException last) {
                throw lost != null && ServerCalls.mayRepeat(e.code()) ? unknown(lost) : last;
            }
        }

        private FailureException unknown(FailureException e) {
            Failure f = e.failure();
            return new FailureException(
                    new Failure(
                            FailureCode.INDETERMINATE,
                            f.message(),
                            f.path(),
                            f.server(),
                            f.holder()),
                    e);
        }
    }

    private <Q extends Message, A extends Message> Answered<A> send(
            Address server,
            Method<Q, A> method,
            RequestHeader header,
            Q request,
            Bulk.Source out,
            Bulk.Sink in,
            Deadline limit) {
        counters.request();
        return environment.transport().call(server, method, header, request, out, in, limit);
    }

    private <A> Answered<A> noted(Answered<A> answer) {
        sawTerm(answer.term());
        return answer;
    }

    void sawTerm(long term) {
        if (lease.sawTerm(term)) {
            keeper.voided();
            if (callbacks != null) {
                callbacks.renewSoon();
            }
        }
    }

    /** The registration; made when there is none. */
    Registration registration(Deadline deadline) {
        Registration known = registration;
        if (known != null) {
            return known;
        }
        registering.lock();
        try {
            known = registration;
            return known != null ? known : register(deadline);
        } finally {
            registering.unlock();
        }
    }

    private Registration register(Deadline deadline) {
        counters.request();
        RegisterClientReply reply = calls.ask(
                FileMethods.REGISTER_CLIENT, RegisterClient.getDefaultInstance(), deadline);
        Registration fresh = new Registration(
                reply.getClient(), Duration.ofMillis(reply.getLeaseMillis()), new RequestNumbers());
        registration = fresh;
        LOG.debug("registered at group {} as client {}", group, Long.toHexString(fresh.client()));
        return fresh;
    }

    /** The group does not know this registration any more; its promises are void. */
    void forget(Registration old) {
        registering.lock();
        try {
            Registration known = registration;
            if (known != null && known.numbers() == old.numbers()) {
                registration = null;
                lease.end();
                keeper.voided();
            }
        } finally {
            registering.unlock();
        }
    }

    ServerCalls calls() {
        return calls;
    }

    boolean closed() {
        return closed;
    }

    /** Gives back all promises. */
    @Override
    public void close() {
        closed = true;
        keeper.voided();
        lease.end();
        if (callbacks != null) {
            callbacks.close();
        }
        Registration mine = registration;
        if (mine != null) {
            unregister(mine);
        }
    }

    private void unregister(Registration mine) {
        RequestHeader header = RequestHeader.newBuilder()
                .setCaller(environment.caller())
                .setClient(mine.client())
                .build();
        Deadline limit = environment.in(FAREWELL);
        try {
            Answered<Nothing> done = environment
                    .transport()
                    .call(
                            calls.preferred(limit),
                            FileMethods.UNREGISTER_CLIENT,
                            header,
                            UnregisterClient.getDefaultInstance(),
                            limit);
            LOG.trace("left group {} in term {}", group, done.term());
        } catch (FailureException e) {
            LOG.debug("group {} will let this client's lease run out: {}", group, e.getMessage());
        }
    }
}
