package holdfast.server.directory.service;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Where a new volume goes when nobody said where. All members of a group keep all of it, so a group
 * has as much room as its fullest member.
 */
final class Placement {
    private Placement() {}

    /**
     * The group with most room of those that have a majority up and of which no member is about to
     * be stopped; NOT_FOUND when the cell has no file server, BUSY when none is fit.
     */
    static String roomiest(Collection<Server> servers) {
        Map<String, List<Server>> groups = servers.stream()
                .filter(server -> server.getRole() == Role.FILES)
                .collect(Collectors.groupingBy(Server::getGroup));
        if (groups.isEmpty()) {
            throw FailureException.of(FailureCode.NOT_FOUND, "the cell has no file server");
        }
        return groups.entrySet().stream()
                .filter(group -> isFit(group.getValue()))
                .max(Comparator.<Map.Entry<String, List<Server>>>comparingLong(
                                group -> room(group.getValue()))
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey)
                .orElseThrow(() -> FailureException.of(
                        FailureCode.BUSY,
                        "all file servers are down or draining; --group places it all the same"));
    }

    private static boolean isFit(List<Server> members) {
        long up = members.stream().filter(Server::getUp).count();
        return up > members.size() / 2 && members.stream().noneMatch(Server::getDraining);
    }

    private static long room(List<Server> members) {
        return members.stream().mapToLong(Server::getFreeBytes).min().orElse(0);
    }
}
