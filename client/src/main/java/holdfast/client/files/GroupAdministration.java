package holdfast.client.files;

import com.google.protobuf.Message;

import holdfast.client.files.Cell.Administration.ReplicaGroupInfo;
import holdfast.client.files.Cell.Administration.ReplicaInfo;
import holdfast.client.session.CellView;
import holdfast.client.session.Members;
import holdfast.client.session.Session;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.JoinGroup;
import holdfast.wire.proto.MemberList;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Method;

import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Replica groups of file servers, as administrators see and make them. */
final class GroupAdministration {
    private static final List<Integer> SIZES = List.of(1, 3, 5);
    private static final Duration LOOK_MAX = Duration.ofSeconds(2);

    private final Session session;

    GroupAdministration(Session session) {
        this.session = session;
    }

    // Looking

    List<ReplicaGroupInfo> groups(Deadline deadline) {
        List<Members.Seen> members = session.members().all(deadline);
        CellView view = session.map().refresh(deadline);
        Map<String, List<Server>> groups = files(view).stream()
                .collect(Collectors.groupingBy(
                        Server::getGroup, LinkedHashMap::new, Collectors.toList()));
        view.map()
                .getVolumesList()
                .forEach(volume -> groups.putIfAbsent(volume.getGroup(), List.of()));
        return groups.entrySet().stream()
                .map(group -> info(group.getKey(), group.getValue(), members, view))
                .toList();
    }

    private static ReplicaGroupInfo info(
            String group, List<Server> servers, List<Members.Seen> members, CellView view) {
        List<CellPath> volumes = view.map().getVolumesList().stream()
                .filter(volume -> volume.getGroup().equals(group))
                .map(volume -> CellPath.parse(volume.getPath()))
                .toList();
        return new ReplicaGroupInfo(
                group,
                servers.stream().map(server -> info(server, members)).toList(),
                volumes,
                servers.stream().mapToLong(Server::getFreeBytes).min().orElse(0));
    }

    private static ReplicaInfo info(Server server, List<Members.Seen> members) {
        Optional<Members.Seen> member = members.stream()
                .filter(each -> each.of().getGroup().equals(server.getGroup()))
                .filter(each -> each.told().getAddress().equals(server.getAddress()))
                .findFirst();
        return new ReplicaInfo(
                server.getServer(),
                server.getAddress(),
                server.getZone(),
                server.getUp(),
                member.isPresent(),
                member.map(Members.Seen::leads).orElse(false),
                server.getDraining(),
                server.getCapacityBytes(),
                server.getFreeBytes());
    }

    private static List<Server> files(CellView view) {
        return view.map().getServersList().stream()
                .filter(server -> server.getRole() == Role.FILES)
                .toList();
    }

    /** The id of the group whose id begins with {@code name}. */
    String groupCalled(String name, Deadline deadline) {
        CellView view = session.map().refresh(deadline);
        List<String> found = files(view).stream()
                .map(Server::getGroup)
                .filter(group -> !name.isEmpty() && group.startsWith(name))
                .distinct()
                .toList();
        if (found.size() != 1) {
            throw FailureException.of(
                    FailureCode.NOT_FOUND,
                    (found.isEmpty() ? "no replica group" : "more than one replica group")
                            + " has an id that begins with '" + name + "'");
        }
        return found.getFirst();
    }

    /** The file server that is at the address {@code name}, or whose id begins with it. */
    static Server server(String name, CellView view) {
        List<Server> found = files(view).stream()
                .filter(server -> server.getAddress().equals(name)
                        || (!name.isEmpty() && server.getServer().startsWith(name)))
                .toList();
        if (found.size() != 1) {
            throw FailureException.of(
                    FailureCode.NOT_FOUND,
                    (found.isEmpty() ? "no file server is" : "more than one file server is")
                            + " called '" + name + "'; 'holdfast servers' lists them");
        }
        return found.getFirst();
    }

    // Making

    /** Servers that hold no volumes, of as many zones. */
    List<String> pick(int count, Deadline deadline) {
        requireSize(count);
        CellView view = session.map().refresh(deadline);
        return pick(
                count,
                files(view).stream()
                        .filter(server -> server.getUp() && !server.getDraining())
                        .filter(server -> isEmptyAndAlone(server, view))
                        .toList());
    }

    /** The roomiest of each zone; one without a zone is its own. */
    static List<String> pick(int count, List<Server> fit) {
        Map<String, Server> zones = new LinkedHashMap<>();
        fit.stream()
                .sorted(Comparator.comparingLong(Server::getFreeBytes).reversed())
                .forEach(server -> zones.putIfAbsent(
                        server.getZone().isEmpty() ? server.getServer() : server.getZone(),
                        server));
        List<String> picked =
                zones.values().stream().map(Server::getAddress).limit(count).toList();
        if (picked.size() < count) {
            throw FailureException.of(
                    FailureCode.UNAVAILABLE,
                    count + " file servers that hold no volumes are needed, each in another zone;"
                            + " there are " + picked.size()
                            + (picked.isEmpty() ? "" : ": " + String.join(", ", picked)));
        }
        return picked;
    }

    private static boolean isEmptyAndAlone(Server server, CellView view) {
        return view.members(server.getGroup()).size() == 1
                && view.map().getVolumesList().stream()
                        .noneMatch(volume -> volume.getGroup().equals(server.getGroup()));
    }

    ReplicaGroupInfo create(List<String> names, Consumer<String> progress, Deadline deadline) {
        CellView view = session.map().refresh(deadline);
        List<Server> servers = names.stream().map(name -> server(name, view)).toList();
        String group = checked(servers, view);
        List<Address> members = view.members(group);
        for (Server server : servers) {
            if (!server.getGroup().equals(group)) {
                move(server, group, members, deadline);
                progress.accept(server.getAddress() + ": asks to join");
            }
        }
        for (Server server : servers) {
            awaitMember(Address.parse(server.getAddress()), group, deadline);
            progress.accept(server.getAddress() + ": is a member");
        }
        return groups(deadline).stream()
                .filter(each -> each.id().equals(group))
                .findFirst()
                .orElseThrow(() -> FailureException.of(
                        FailureCode.UNAVAILABLE, "the group is not in the cell's map yet"));
    }

    /** The group that they will be; nothing is changed before all of this holds. */
    private static String checked(List<Server> servers, CellView view) {
        requireSize(servers.size());
        if (servers.stream().distinct().count() < servers.size()) {
            throw invalid("a file server is named twice");
        }
        String group = servers.getFirst().getGroup();
        for (Server member : files(view)) {
            if (member.getGroup().equals(group) && !servers.contains(member)) {
                throw invalid("the file server " + member.getAddress()
                        + " is of that group too: name it, or let it go by 'holdfast members"
                        + " remove' and 'holdfast servers forget'");
            }
        }
        for (Server server : servers) {
            if (!server.getUp()) {
                throw FailureException.of(
                        FailureCode.UNAVAILABLE,
                        "the file server " + server.getAddress() + " is down");
            }
            if (!server.getGroup().equals(group)) {
                requireFree(server, view);
            }
        }
        return group;
    }

    private static void requireSize(int count) {
        if (!SIZES.contains(count)) {
            throw invalid("a replica group has one, three or five file servers, not " + count);
        }
    }

    private static void requireFree(Server server, CellView view) {
        Optional<Volume> volume = view.map().getVolumesList().stream()
                .filter(each -> each.getGroup().equals(server.getGroup()))
                .findFirst();
        if (volume.isPresent()) {
            throw busy(
                    server,
                    "it holds " + volume.get().getPath() + "; only the first one may hold volumes");
        }
        if (view.members(server.getGroup()).size() > 1) {
            throw busy(server, "it is a replica of others");
        }
    }

    private static FailureException busy(Server server, String why) {
        return FailureException.of(
                FailureCode.BUSY,
                "the file server " + server.getAddress() + " can't join the group: " + why);
    }

    private static FailureException invalid(String why) {
        return FailureException.of(FailureCode.INVALID, why);
    }

    /** What became of it when the answer was lost comes out when it is waited for. */
    private void move(Server server, String group, List<Address> members, Deadline deadline) {
        JoinGroup.Builder join = JoinGroup.newBuilder().setGroup(group);
        members.forEach(member -> join.addMembers(member.toString()));
        Address at = Address.parse(server.getAddress());
        try {
            var unused = call(at, MemberMethods.JOIN_GROUP, join.build(), deadline);
        } catch (FailureException e) {
            if (e.code().retry() == FailureCode.Retry.NEVER || e.code() == FailureCode.BUSY) {
                throw e;
            }
        }
    }

    private void awaitMember(Address at, String group, Deadline deadline) {
        while (true) {
            Optional<MemberList> seen = session.members().look(at, deadline);
            if (seen.isPresent() && seen.get().getGroup().equals(group)) {
                if (isMember(seen.get())) {
                    return;
                }
                add(at, deadline);
            }
            if (deadline.leftNanos() < LOOK_MAX.toNanos() / 4) {
                throw FailureException.of(
                        FailureCode.TIMED_OUT,
                        "the file server " + at + " is not taken in yet; repeating the command"
                                + " goes on where this ended");
            }
            session.pauseBeforeAskingAgain(deadline);
        }
    }

    private static boolean isMember(MemberList list) {
        return list.getMembersList().stream()
                .anyMatch(member -> member.getId().equals(list.getSelf()));
    }

    /** It asks for that itself, too, and one change of members goes on at a time. */
    private void add(Address at, Deadline deadline) {
        try {
            session.members().add(at, deadline.atMost(LOOK_MAX));
        } catch (FailureException e) {
            if (e.code().retry() == FailureCode.Retry.NEVER && e.code() != FailureCode.CANCELLED) {
                throw e;
            }
        }
    }

    /** A call to one server. */
    <Q extends Message, A extends Message> A call(
            Address at, Method<Q, A> method, Q request, Deadline deadline) {
        RequestHeader header = RequestHeader.newBuilder()
                .setCaller(session.environment().caller())
                .build();
        return session.environment()
                .transport()
                .call(at, method, header, request, deadline)
                .message();
    }
}
