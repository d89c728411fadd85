package holdfast.server.membership;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.replication.Membership;
import holdfast.server.security.Administrators;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.AddMember;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.ListMembers;
import holdfast.wire.proto.MemberList;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.Transport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One server's way into its group. A server that joins others asks them to take it in, in the name
 * of who runs it, until they have; when that is no administrator, it waits for one to do it.
 *
 * @param address where this server is reached
 */
public record Joining(
        Role role, Address address, Caller caller, Transport transport, Ticker ticker) {
    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);
    private static final Duration ASK_MAX = Duration.ofSeconds(2);
    private static final Duration ADD_MAX = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final int WARNED_AFTER = 50;

    /** The id of the group of the servers at {@code others}; tries until one of them answers. */
    public UUID groupOf(List<Address> others, Deadline deadline) {
        while (true) {
            for (Address other : others) {
                try {
                    return groupAt(other);
                } catch (FailureException e) {
                    if (!isTemporary(e) || deadline.leftNanos() < PAUSE.toNanos()) {
                        throw e;
                    }
                }
            }
            rest(new CountDownLatch(1));
        }
    }

    private UUID groupAt(Address other) {
        MemberList said = transport
                .call(
                        other,
                        MemberMethods.LIST_MEMBERS,
                        header(),
                        ListMembers.getDefaultInstance(),
                        Deadline.in(ASK_MAX, ticker))
                .message();
        if (said.getRole() != role) {
            throw FailureException.of(
                    FailureCode.MISCONFIGURED,
                    "the server at " + other + " has another role; a server joins its like");
        }
        return UUID.fromString(said.getGroup());
    }

    private static boolean isTemporary(FailureException e) {
        return e.failure().code().retry() != FailureCode.Retry.NEVER;
    }

    private RequestHeader header() {
        return RequestHeader.newBuilder().setCaller(caller).build();
    }

    /** What this server answers about the members of its group. */
    public Service service(
            Home home, Membership membership, Supplier<Administrators> administrators) {
        return MemberCalls.service(role, home.group(), membership, administrators);
    }

    /**
     * Has the group take this server in, unless it has; returns at once.
     *
     * @param folder where {@code home} is noted
     * @return ends the attempts
     */
    public AutoCloseable start(Home home, Path folder, Membership membership) {
        CountDownLatch closing = new CountDownLatch(1);
        if (home.founded()) {
            return closing::countDown;
        }
        if (home.member()) {
            requireStillMember(membership, folder);
            return closing::countDown;
        }
        Thread.ofVirtual().name("joining").start(() -> join(home, folder, membership, closing));
        return closing::countDown;
    }

    private static void requireStillMember(Membership membership, Path folder) {
        Membership.View view = membership.view();
        if (!view.members().isEmpty() && !isMember(view)) {
            throw FailureException.of(
                    FailureCode.MISCONFIGURED,
                    "this server was removed from its group; to join again, empty " + folder);
        }
    }

    private static boolean isMember(Membership.View view) {
        return view.members().stream().anyMatch(member -> member.id().equals(view.self()));
    }

    private void join(Home home, Path folder, Membership membership, CountDownLatch closing) {
        Address at = home.founders().getFirst();
        int next = 0;
        int failed = 0;
        boolean denied = false;
        do {
            try {
                Membership.View view = membership.view();
                if (isMember(view)) {
                    home.takenIn(folder);
                    LOG.warn("taken in by group {}", home.group());
                    return;
                }
                if (!denied) {
                    ask(at, view.self());
                }
            } catch (FailureException e) {
                denied = e.code() == FailureCode.DENIED;
                tell(e, ++failed);
                next = (next + 1) % home.founders().size();
                at = e.failure()
                        .detail(Failure.Leader.class)
                        .map(leader -> Address.parse(leader.address()))
                        .orElse(home.founders().get(next));
            }
        } while (!rest(closing));
    }

    private void tell(FailureException e, int failed) {
        if (e.code() == FailureCode.DENIED) {
            LOG.warn(
                    "waiting for an administrator to run 'holdfast members add {}': {}",
                    address,
                    e.getMessage());
        } else if (failed == WARNED_AFTER) {
            LOG.warn("not taken in yet; this server keeps trying: {}", e.getMessage());
        } else {
            LOG.info("not taken in yet: {}", e.getMessage());
        }
    }

    private void ask(Address leader, String self) {
        AddMember asked = AddMember.newBuilder()
                .setId(self)
                .setAddress(address.toString())
                .build();
        var unused = transport.call(
                leader, MemberMethods.ADD_MEMBER, header(), asked, Deadline.in(ADD_MAX, ticker));
    }

    /** Whether it is closed. */
    private static boolean rest(CountDownLatch closing) {
        try {
            return closing.await(PAUSE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
