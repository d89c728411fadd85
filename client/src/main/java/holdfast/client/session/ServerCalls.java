package holdfast.client.session;

import com.google.protobuf.Message;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Method;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Calls to the members of one service, of which one leads. Goes to the leader when a member says
 * who that is; tries the next member when one is not there or does not lead, with growing waits,
 * until the deadline; then the failure names the server that was tried last.
 */
final class ServerCalls {
    /** One attempt takes no longer, so that a silent server does not use up the whole deadline. */
    private static final Duration ATTEMPT_LONGEST = Duration.ofSeconds(10);

    private final Environment environment;
    private final String service;
    private final Function<Deadline, List<Address>> members;
    private final Runnable onTrouble;
    private final AtomicInteger preferred = new AtomicInteger();
    private volatile Optional<Address> leader = Optional.empty();

    /**
     * Calls to {@code service}.
     *
     * @param members where its members are
     * @param onTrouble told when one was not there: perhaps it moved
     */
    ServerCalls(
            Environment environment,
            String service,
            Function<Deadline, List<Address>> members,
            Runnable onTrouble) {
        this.onTrouble = onTrouble;
        this.environment = environment;
        this.service = service;
        this.members = members;
    }

    /** One try at the member that is thought to lead. */
    @FunctionalInterface
    interface Attempt<T> {
        T at(Address server, Deadline deadline);
    }

    /** A call that changes nothing, or that may be repeated without harm. */
    <Q extends Message, A extends Message> A ask(
            Method<Q, A> method, Q request, Deadline deadline) {
        return repeat(deadline, (server, limit) -> send(method, request, server, limit));
    }

    /** A call that changes something and can't be told from its repetition. */
    <Q extends Message, A extends Message> A changeOnce(
            Method<Q, A> method, Q request, Deadline deadline) {
        Retrying retrying = new Retrying(deadline);
        while (true) {
            try {
                return send(method, request, retrying.server(), deadline);
            } catch (FailureException e) {
                if (e.code() == FailureCode.INDETERMINATE) {
                    throw e;
                }
                retrying.after(e);
            }
        }
    }

    private <Q extends Message, A extends Message> A send(
            Method<Q, A> method, Q request, Address server, Deadline limit) {
        RequestHeader header =
                RequestHeader.newBuilder().setCaller(environment.caller()).build();
        return environment
                .transport()
                .call(server, method, header, request, limit)
                .message();
    }

    /**
     * Repeats {@code attempt} until it is answered, or fails in a way that repeating won't mend.
     */
    <T> T repeat(Deadline deadline, Attempt<T> attempt) {
        Retrying retrying = new Retrying(deadline);
        while (true) {
            try {
                return attempt.at(retrying.server(), deadline.atMost(ATTEMPT_LONGEST));
            } catch (FailureException e) {
                if (e.code() == FailureCode.INDETERMINATE
                        && Thread.currentThread().isInterrupted()) {
                    throw cancelled(e); // whatever came of it does no harm
                }
                retrying.after(e);
            }
        }
    }

    private FailureException cancelled(FailureException e) {
        return new FailureException(
                Failure.of(FailureCode.CANCELLED, "interrupted while asking the " + service), e);
    }

    /** The member that is thought to lead. */
    Address preferred(Deadline deadline) {
        Optional<Address> named = leader;
        if (named.isPresent()) {
            return named.get();
        }
        List<Address> known = members.apply(deadline);
        if (known.isEmpty()) {
            throw FailureException.of(
                    FailureCode.UNAVAILABLE, "the cell's map names no " + service);
        }
        return known.get(Math.floorMod(preferred.get(), known.size()));
    }

    /** The preferred member is not there or does not lead: try the next from now on. */
    void tryNext() {
        leader = Optional.empty();
        onTrouble.run();
        preferred.incrementAndGet();
    }

    /** A loop over the members, for callers that do something between the attempts. */
    Retrying retrying(Deadline deadline) {
        return new Retrying(deadline);
    }

    static Deadline attemptLimit(Deadline deadline) {
        return deadline.atMost(ATTEMPT_LONGEST);
    }

    /** The state of one call's attempts. */
    final class Retrying {
        private final Deadline deadline;
        private final Backoff backoff = new Backoff();
        private Optional<Address> asked = Optional.empty();

        /** Whether a member's word was followed since the last wait: two may name each other. */
        private boolean followed;

        private Retrying(Deadline deadline) {
            this.deadline = deadline;
        }

        /** Whom to ask now. */
        Address server() {
            Address server = preferred(deadline);
            asked = Optional.of(server);
            return server;
        }

        /** Waits before the next attempt, or throws {@code e} when there is to be none. */
        void after(FailureException e) {
            if (!mayRepeat(e.code()) || Thread.currentThread().isInterrupted()) {
                throw e;
            }
            if (follow(e)) {
                return;
            }
            Duration wait = backoff.next();
            if (deadline.leftNanos() <= wait.toNanos()) {
                throw e;
            }
            tryNext();
            followed = false;
            environment.pause(wait, deadline);
        }

        /** Turns to the leader that {@code e} names, without a wait. */
        private boolean follow(FailureException e) {
            Optional<Address> named = e.failure()
                    .detail(Failure.Leader.class)
                    .map(told -> Address.parse(told.address()))
                    .filter(told -> !asked.equals(Optional.of(told)));
            if (named.isEmpty() || followed || deadline.passed()) {
                return false;
            }
            followed = true;
            leader = named;
            return true;
        }
    }

    static boolean mayRepeat(FailureCode code) {
        return switch (code) {
            case UNAVAILABLE, TIMED_OUT, INDETERMINATE, NOT_LEADER -> true;
            default -> false;
        };
    }
}
