package holdfast.client.session;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.AddMember;
import holdfast.wire.proto.LeadMember;
import holdfast.wire.proto.ListMembers;
import holdfast.wire.proto.MemberInfo;
import holdfast.wire.proto.MemberList;
import holdfast.wire.proto.RemoveMember;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Method;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The members of the cell's groups: the directory service's, the locking service's, the files'. */
public final class Members {
    private static final Duration LOOK_MAX = Duration.ofSeconds(2);

    private final Environment environment;
    private final CellMapCache map;

    Members(Environment environment, CellMapCache map) {
        this.environment = environment;
        this.map = map;
    }

    /**
     * A member of a group.
     *
     * @param of the group, as its leader sees it, or whoever else answered
     * @param told what that one knows of the member
     * @param own what the member says of itself; empty when it does not answer
     */
    public record Seen(MemberList of, MemberInfo told, Optional<MemberList> own) {
        /** Whether it leads its group. */
        public boolean leads() {
            return of.getLeader().equals(told.getId());
        }

        /** How many committed entries it has not applied; -1 when it does not answer. */
        public long lag() {
            return own.map(it -> Math.max(0, of.getCommitted() - it.getApplied()))
                    .orElse(-1L);
        }
    }

    /** All members of all groups that answer. */
    public List<Seen> all(Deadline deadline) {
        return overview(deadline).seen();
    }

    /** @param silent the groups whose leader did not answer */
    private record Overview(List<Seen> seen, List<String> silent) {}

    private Overview overview(Deadline deadline) {
        Overview overview = new Overview(new ArrayList<>(), new ArrayList<>());
        places(deadline).forEach((group, places) -> {
            Optional<MemberList> view = leaderView(places, deadline);
            view.ifPresent(list -> list.getMembersList()
                    .forEach(told ->
                            overview.seen().add(new Seen(list, told, own(told, deadline)))));
            if (view.filter(list -> list.getSelf().equals(list.getLeader())).isEmpty()) {
                overview.silent().add(group);
            }
        });
        return overview;
    }

    /** Where the members of each group may be asked. */
    private Map<String, List<Address>> places(Deadline deadline) {
        CellView view = map.refresh(deadline);
        Map<String, List<Address>> places = new LinkedHashMap<>();
        places.put("directory", map.directories());
        places.put("locking", view.lockingServers());
        for (Server server : view.map().getServersList()) {
            if (server.getRole() == Role.FILES) {
                places.put(server.getGroup(), view.members(server.getGroup()));
            }
        }
        return places;
    }

    private Optional<MemberList> leaderView(List<Address> places, Deadline deadline) {
        Optional<MemberList> first = places.stream()
                .flatMap(at -> look(at, deadline).stream())
                .filter(list -> list.getMembersCount() > 0)
                .findFirst();
        return first.flatMap(list -> list.getMembersList().stream()
                        .filter(member -> member.getId().equals(list.getLeader()))
                        .filter(member -> !member.getId().equals(list.getSelf()))
                        .findFirst())
                .flatMap(leader -> look(leader, deadline))
                .or(() -> first);
    }

    private Optional<MemberList> own(MemberInfo member, Deadline deadline) {
        return look(member, deadline).filter(list -> list.getSelf().equals(member.getId()));
    }

    private Optional<MemberList> look(MemberInfo member, Deadline deadline) {
        return member.getAddress().isEmpty()
                ? Optional.empty()
                : look(Address.parse(member.getAddress()), deadline);
    }

    /** How the server at {@code at} sees its group; empty when it does not answer. */
    public Optional<MemberList> look(Address at, Deadline deadline) {
        try {
            return Optional.of(ask(at, deadline.atMost(LOOK_MAX)));
        } catch (FailureException e) {
            return Optional.empty();
        }
    }

    private MemberList ask(Address at, Deadline deadline) {
        RequestHeader header =
                RequestHeader.newBuilder().setCaller(environment.caller()).build();
        return environment
                .transport()
                .call(
                        at,
                        MemberMethods.LIST_MEMBERS,
                        header,
                        ListMembers.getDefaultInstance(),
                        deadline)
                .message();
    }

    /** Has its group take in the server that waits at {@code address}. */
    public void add(Address address, Deadline deadline) {
        MemberList waiting = ask(address, deadline);
        List<Address> others = Stream.concat(
                        waiting.getMembersList().stream()
                                .filter(member -> !member.getAddress().isEmpty())
                                .map(member -> Address.parse(member.getAddress())),
                        placesOf(waiting, deadline).stream())
                .filter(at -> !at.equals(address))
                .distinct()
                .toList();
        change(
                others,
                MemberMethods.ADD_MEMBER,
                AddMember.newBuilder()
                        .setId(waiting.getSelf())
                        .setAddress(address.toString())
                        .build(),
                deadline);
    }

    private List<Address> placesOf(MemberList list, Deadline deadline) {
        return switch (list.getRole()) {
            case DIRECTORY -> map.directories();
            case LOCKING -> map.view(deadline).lockingServers();
            default -> map.view(deadline).members(list.getGroup());
        };
    }

    /** Lets a member go, named by its address or the beginning of its id; who it was. */
    public Seen remove(String name, Deadline deadline) {
        Seen member = named(name, deadline);
        change(
                addresses(member),
                MemberMethods.REMOVE_MEMBER,
                RemoveMember.newBuilder().setId(member.told().getId()).build(),
                deadline);
        return member;
    }

    /** Has a member lead, named likewise. */
    public Seen lead(String name, Deadline deadline) {
        Seen member = named(name, deadline);
        change(
                addresses(member),
                MemberMethods.LEAD_MEMBER,
                LeadMember.newBuilder().setId(member.told().getId()).build(),
                deadline);
        return member;
    }

    /** That there is none can be said only when all leaders have answered. */
    private Seen named(String name, Deadline deadline) {
        Backoff backoff = new Backoff();
        while (true) {
            Overview overview = overview(deadline);
            List<Seen> found = overview.seen().stream()
                    .filter(member -> member.told().getAddress().equals(name)
                            || member.told().getId().startsWith(name))
                    .toList();
            if (found.size() == 1) {
                return found.getFirst();
            } else if (!found.isEmpty()) {
                throw FailureException.of(
                        FailureCode.NOT_FOUND, "several members are called " + name);
            } else if (overview.silent().isEmpty()) {
                throw FailureException.of(FailureCode.NOT_FOUND, "no member is called " + name);
            } else if (deadline.leftNanos() < LOOK_MAX.toNanos()) {
                throw FailureException.of(
                        FailureCode.UNAVAILABLE,
                        "no member called " + name + " was found, and no leader answers of "
                                + String.join(", ", overview.silent()));
            }
            environment.pause(backoff.next(), deadline);
        }
    }

    private static List<Address> addresses(Seen member) {
        return member.of().getMembersList().stream()
                .filter(each -> !each.getAddress().isEmpty())
                .map(each -> Address.parse(each.getAddress()))
                .toList();
    }

    private <Q extends Message, A extends Message> void change(
            List<Address> members, Method<Q, A> method, Q request, Deadline deadline) {
        ServerCalls calls = new ServerCalls(environment, "member", d -> members, () -> {});
        A unused = calls.ask(method, request, deadline);
    }
}
