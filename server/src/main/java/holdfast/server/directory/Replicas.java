package holdfast.server.directory;

import holdfast.model.path.CellPath;
import holdfast.wire.log.DirectoryOutcome;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.RegisterServerReply;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which file servers are replicas of each other by what they say: a fresh one that names just the
 * directories of another is to join that one's group. Whoever registers first founds it. One that
 * names some of them, or has a group of its own already, is refused.
 */
final class Replicas {
    private Replicas() {}

    /** The answer to a server that is to join others instead of being registered. */
    static Optional<DirectoryOutcome> invitation(RegisterServer asked, Collection<Server> servers) {
        if (!asked.getFresh() || asked.getDirectoriesCount() == 0) {
            return Optional.empty();
        }
        Set<String> wanted = paths(asked.getDirectoriesList());
        return servers.stream()
                .filter(server -> server.getRole() == Role.FILES)
                .filter(server -> !server.getServer().equals(asked.getServer()))
                .filter(server -> !server.getGroup().equals(asked.getGroup()))
                .filter(server -> paths(server.getDirectoriesList()).equals(wanted))
                .map(Server::getGroup)
                .flatMap(group -> invitation(asked, group, servers).stream())
                .findFirst();
    }

    /** Whoever was at the asker's own address before can't take it in. */
    private static Optional<DirectoryOutcome> invitation(
            RegisterServer asked, String group, Collection<Server> servers) {
        List<String> members = servers.stream()
                .filter(server -> server.getGroup().equals(group))
                .map(Server::getAddress)
                .filter(address -> !address.equals(asked.getAddress()))
                .toList();
        return members.isEmpty()
                ? Optional.empty()
                : Optional.of(DirectoryOutcome.newBuilder()
                        .setRegistered(RegisterServerReply.newBuilder()
                                .setJoin(group)
                                .addAllMembers(members))
                        .build());
    }

    /** Why a server may not serve a directory of {@code group}. */
    static String whyNot(RegisterServer asked, String group, Collection<Server> servers) {
        Optional<Server> first = servers.stream()
                .filter(server -> server.getGroup().equals(group))
                .findFirst();
        if (first.isEmpty()) {
            return "this directory is served by group " + group + " already";
        }
        Server server = first.get();
        if (server.getAddress().equals(asked.getAddress())) {
            return "this directory is of the file server that was at " + server.getAddress()
                    + " with another data folder";
        }
        String served =
                "this directory is served by file server " + server.getAddress() + " already";
        Set<String> all = paths(server.getDirectoriesList());
        if (asked.getFresh()) {
            return served + "; its replicas name just the directories that it names: "
                    + (all.isEmpty() ? "none" : String.join(", ", all));
        }
        return all.equals(paths(asked.getDirectoriesList()))
                ? served + "; only a server with an empty data folder becomes its replica"
                : served;
    }

    private static Set<String> paths(List<String> directories) {
        return directories.stream()
                .map(directory -> CellPath.parse(directory).toString())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
