package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.ReplicaGroupInfo;
import holdfast.client.files.Cell.Administration.ReplicaInfo;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Shows and makes replica groups. */
@Command(
        name = "groups",
        description =
                "Show the replica groups of file servers, what they hold and how much room they"
                        + " have; ends with 5 when a member is away.",
        subcommands = {GroupsCommand.All.class, GroupsCommand.Create.class},
        footer = {
            "  holdfast groups",
            "  holdfast groups create --members 127.0.0.1:8006,127.0.0.1:8016,127.0.0.1:8026",
            "  holdfast groups create --replicas 3",
            "  holdfast volumes create /home/media --group 3f2a"
        })
final class GroupsCommand extends ClientCommand {
    @Override
    int run(Cell cell, Output out) throws IOException {
        return list(cell, out);
    }

    private static int list(Cell cell, Output out) throws IOException {
        List<ReplicaGroupInfo> groups = cell.administration().groups();
        List<Output.Row> rows = new ArrayList<>();
        for (ReplicaGroupInfo group : groups) {
            if (out.json()) {
                rows.add(new Output.Row(fields(group), List.of()));
            } else {
                addRows(rows, group);
            }
        }
        out.table(List.of("GROUP", "MEMBER", "ZONE", "STATE", "FREE", "ROOM", "VOLUMES"), rows);
        boolean allUp = groups.stream()
                .allMatch(group -> !group.members().isEmpty()
                        && group.members().stream().allMatch(ReplicaInfo::up));
        return allUp ? ExitCodes.DONE : ExitCodes.TEMPORARY;
    }

    /** One for each member; the first one says what is true of the group. */
    private static void addRows(List<Output.Row> rows, ReplicaGroupInfo group) {
        String volumes = group.volumes().isEmpty() ? "-" : volumes(group);
        if (group.members().isEmpty()) {
            rows.add(new Output.Row(
                    Map.of(), List.of(shortened(group.id()), "-", "-", "-", "-", "-", volumes)));
        }
        boolean first = true;
        for (ReplicaInfo member : group.members()) {
            rows.add(new Output.Row(
                    Map.of(),
                    List.of(
                            first ? shortened(group.id()) : "",
                            member.address(),
                            member.zone().isEmpty() ? "-" : member.zone(),
                            state(member),
                            People.size(member.free()),
                            first ? People.size(group.free()) : "",
                            first ? volumes : "")));
            first = false;
        }
    }

    private static String volumes(ReplicaGroupInfo group) {
        return group.volumes().stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    private static String shortened(String id) {
        return id.substring(0, Math.min(8, id.length()));
    }

    private static String state(ReplicaInfo member) {
        if (!member.up()) {
            return "down";
        }
        if (!member.joined()) {
            return "waits to be taken in";
        }
        String part = member.leads() ? "leads" : "follows";
        return member.draining() ? part + ", draining" : part;
    }

    private static Map<String, Object> fields(ReplicaGroupInfo group) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", group.id());
        fields.put("freeBytes", group.free());
        fields.put("volumes", group.volumes().stream().map(Object::toString).toList());
        fields.put(
                "members",
                group.members().stream()
                        .map(member -> Output.fields(
                                "server", member.server(),
                                "address", member.address(),
                                "zone", member.zone(),
                                "up", member.up(),
                                "joined", member.joined(),
                                "leads", member.leads(),
                                "draining", member.draining(),
                                "capacityBytes", member.capacity(),
                                "freeBytes", member.free()))
                        .toList());
        return fields;
    }

    /** The same as without a word. */
    @Command(name = "list", description = "Show them.", footer = "  holdfast groups list --json")
    static final class All extends ClientCommand {
        @Override
        int run(Cell cell, Output out) throws IOException {
            return list(cell, out);
        }
    }

    /** Makes one. */
    @Command(
            name = "create",
            description = {
                "Make one replica group of file servers. The first keeps its group and its volumes;"
                        + " the others, which must hold none, join it.",
                "Repeating it goes on where it ended.",
            },
            footer = {
                "  holdfast groups create --members 127.0.0.1:8006,127.0.0.1:8016,127.0.0.1:8026",
                "  holdfast groups create --replicas 3"
            })
    static final class Create extends ClientCommand {
        @Option(
                names = "--members",
                paramLabel = "SERVER",
                split = ",",
                description = "One, three or five: addresses, or the beginnings of ids.")
        List<String> members = List.of();

        @Option(
                names = "--replicas",
                paramLabel = "COUNT",
                description =
                        "Instead: so many that hold no volumes, each of another zone, with most"
                                + " room. One without --zone counts as a zone of its own.")
        int replicas;

        @Override
        int run(Cell cell, Output out) throws IOException {
            if (members.isEmpty() == (replicas == 0)) {
                throw FailureException.of(
                        FailureCode.INVALID, "say either --members or --replicas");
            }
            ReplicaGroupInfo made = members.isEmpty()
                    ? cell.administration().createGroup(replicas, this::tell)
                    : cell.administration().createGroup(members, this::tell);
            out.object(
                    fields(made),
                    "group " + shortened(made.id()) + ": "
                            + made.members().stream()
                                    .map(ReplicaInfo::address)
                                    .collect(Collectors.joining(" ")));
            return ExitCodes.DONE;
        }

        private void tell(String done) {
            if (!json) {
                err.println(done);
            }
        }
    }
}
