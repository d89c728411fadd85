package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.GroupInfo;
import holdfast.client.files.Cell.Administration.MemberInfo;
import holdfast.client.files.Cell.Administration.ServerInfo;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Shows how the cell is. */
@Command(
        name = "status",
        description = "Show in a few lines how the cell is; ends with 5 when a server is down.",
        footer = "  holdfast status")
final class StatusCommand extends ClientCommand {
    @Override
    int run(Cell cell, Output out) throws IOException {
        out.line("servers from " + serversFile().origin());
        Map<String, MemberInfo> members = cell.administration().members().stream()
                .collect(Collectors.toMap(MemberInfo::address, member -> member, (a, b) -> a));
        boolean allUp = true;
        for (ServerInfo server : cell.administration().servers()) {
            allUp &= server.up();
            Map<String, Object> fields = ServersCommand.fields(server);
            server.group().ifPresent(group -> addGroup(fields, group));
            Optional<MemberInfo> member =
                    Optional.ofNullable(members.get(server.address())).filter(MemberInfo::up);
            member.ifPresent(it -> addMember(fields, it));
            out.object(
                    fields,
                    text(server)
                            + member.map(it -> "; " + MembersCommand.health(it)).orElse(""));
        }
        List<Cell.Recovery.Kept> kept = cell.recovery().list();
        if (!kept.isEmpty()) {
            out.line(People.count(kept.size(), "working copy")
                    + " not stored yet: 'holdfast recover' lists them");
        }
        return allUp ? ExitCodes.DONE : ExitCodes.TEMPORARY;
    }

    private static String text(ServerInfo server) {
        String up = server.draining() ? "up, draining" : "up";
        String state = server.up() ? up : "DOWN, silent for " + People.duration(server.silent());
        String line = "%-16s %-22s %s".formatted(server.role(), server.address(), state);
        return server.group()
                .map(group -> line
                        + String.format(
                                Locale.ROOT,
                                "; %s, %s applied, %s, %s, %s in %s",
                                group.leader() ? "leads term " + group.term() : "follows",
                                People.count(group.applied(), "entry"),
                                People.count(group.clients(), "client"),
                                People.count(group.promises(), "promise"),
                                People.size(group.chunkBytes()),
                                People.count(group.chunks(), "chunk")))
                .orElse(line);
    }

    private static void addMember(Map<String, Object> fields, MemberInfo member) {
        fields.put("behind", member.lag());
        fields.put("logBytes", member.logBytes());
        fields.put("checkpoint", member.checkpoint());
        fields.put("checkpointAgeMillis", member.checkpointAge().toMillis());
        member.contents().ifPresent(contents -> {
            fields.put("lackingChunks", contents.lackingChunks());
            fields.put("lackingBytes", contents.lackingBytes());
        });
    }

    private static void addGroup(Map<String, Object> fields, GroupInfo group) {
        fields.put("group", group.id());
        fields.put("term", group.term());
        fields.put("leader", group.leader());
        fields.put("applied", group.applied());
        fields.put("clients", group.clients());
        fields.put("promises", group.promises());
        fields.put("chunks", group.chunks());
        fields.put("chunkBytes", group.chunkBytes());
    }
}
