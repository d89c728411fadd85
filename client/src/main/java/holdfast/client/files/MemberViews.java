package holdfast.client.files;

import holdfast.client.files.Cell.Administration.Contents;
import holdfast.client.files.Cell.Administration.MemberInfo;
import holdfast.client.session.Members;
import holdfast.client.session.Session;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.GroupStatus;
import holdfast.wire.proto.GroupStatusReply;
import holdfast.wire.proto.MemberList;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.transport.Address;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The members of all groups, as people see them. */
final class MemberViews {
    private static final Duration LOOK_MAX = Duration.ofSeconds(2);

    private final Session session;
    private final GroupAdministration calls;

    MemberViews(Session session, GroupAdministration calls) {
        this.session = session;
        this.calls = calls;
    }

    List<MemberInfo> all(Deadline deadline) {
        List<Members.Seen> all = session.members().all(deadline);
        Set<String> draining = session.map().view(deadline).map().getServersList().stream()
                .filter(Server::getDraining)
                .map(Server::getAddress)
                .collect(Collectors.toSet());
        Map<String, GroupStatusReply> contents = new HashMap<>();
        for (Members.Seen member : all) {
            if (member.of().getRole() == Role.FILES && member.own().isPresent()) {
                status(member.told().getAddress(), deadline)
                        .ifPresent(status -> contents.put(member.told().getId(), status));
            }
        }
        return all.stream()
                .map(member ->
                        info(member, draining.contains(member.told().getAddress()), contents))
                .toList();
    }

    private Optional<GroupStatusReply> status(String address, Deadline deadline) {
        try {
            return Optional.of(calls.call(
                    Address.parse(address),
                    FileMethods.GROUP_STATUS,
                    GroupStatus.getDefaultInstance(),
                    deadline.atMost(LOOK_MAX)));
        } catch (FailureException e) {
            return Optional.empty();
        }
    }

    private static MemberInfo info(
            Members.Seen member, boolean draining, Map<String, GroupStatusReply> contents) {
        Optional<MemberList> own = member.own();
        return new MemberInfo(
                CellAdministration.role(member.of().getRole()),
                member.of().getGroup(),
                member.told().getId(),
                member.told().getAddress(),
                own.isPresent(),
                member.leads(),
                draining,
                member.of().getTerm(),
                own.map(MemberList::getLast).orElse(-1L),
                member.lag(),
                own.map(MemberList::getCheckpoint).orElse(-1L),
                own.map(list -> Duration.ofMillis(list.getCheckpointMillis()))
                        .orElse(Duration.ZERO),
                own.map(MemberList::getLogBytes).orElse(0L),
                Optional.ofNullable(contents.get(member.told().getId()))
                        .map(status -> contents(
                                status,
                                Optional.ofNullable(contents.get(member.of().getLeader()))
                                        .orElse(status))),
                Duration.ofMillis(member.told().getSilentMillis()));
    }

    /**
     * A member that has gone through all names knows how many it lacks. While it brings them, what
     * it has fewer than the leader is near enough.
     */
    private static Contents contents(GroupStatusReply mine, GroupStatusReply leader) {
        if (mine.getLacking() == 0) {
            return new Contents(0, 0);
        }
        long fewer = Math.max(0, leader.getChunks() - mine.getChunks());
        return new Contents(
                Math.max(fewer, mine.getLacking()),
                Math.max(0, leader.getChunkBytes() - mine.getChunkBytes()));
    }
}
