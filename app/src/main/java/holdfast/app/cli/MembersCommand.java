package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.Contents;
import holdfast.client.files.Cell.Administration.MemberInfo;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows and changes the members of the cell's groups. */
@Command(
        name = "members",
        description = "Show the servers that keep the same state together, and who of them leads;"
                + " ends with 5 when one is away.",
        subcommands = {
            MembersCommand.All.class,
            MembersCommand.Add.class,
            MembersCommand.Remove.class,
            MembersCommand.Lead.class
        },
        footer = {
            "  holdfast members",
            "  holdfast members add 127.0.0.1:8012       it was started with --join and waits",
            "  holdfast members lead 127.0.0.1:8012",
            "  holdfast members remove 127.0.0.1:8002"
        })
final class MembersCommand extends ClientCommand {
    private static final String NAME = "Its address or the beginning of its id.";

    @Override
    int run(Cell cell, Output out) throws IOException {
        return list(cell, out);
    }

    private static int list(Cell cell, Output out) throws IOException {
        List<Output.Row> rows = new ArrayList<>();
        boolean allUp = true;
        for (MemberInfo member : cell.administration().members()) {
            allUp &= member.up();
            rows.add(new Output.Row(fields(member), cells(member)));
        }
        out.table(
                List.of(
                        "OF",
                        "ADDRESS",
                        "STATE",
                        "TERM",
                        "LOG",
                        "SIZE",
                        "BEHIND",
                        "CHECKPOINT",
                        "CONTENTS",
                        "ID"),
                rows);
        return allUp ? ExitCodes.DONE : ExitCodes.TEMPORARY;
    }

    private static List<String> cells(MemberInfo member) {
        return List.of(
                member.service(),
                member.address().isEmpty() ? "-" : member.address(),
                state(member),
                String.valueOf(member.term()),
                number(member.last()),
                member.up() ? People.size(member.logBytes()) : "-",
                number(member.lag()),
                checkpoint(member),
                member.contents().map(MembersCommand::contents).orElse("-"),
                member.id().substring(0, Math.min(8, member.id().length())));
    }

    private static String state(MemberInfo member) {
        if (!member.up()) {
            return "away for " + People.duration(member.silent());
        }
        String part = member.leads() ? "leads" : "follows";
        return member.draining() ? part + ", draining" : part;
    }

    private static String checkpoint(MemberInfo member) {
        return member.checkpoint() < 0
                ? "-"
                : member.checkpoint() + ", " + People.duration(member.checkpointAge()) + " old";
    }

    private static String contents(Contents contents) {
        return contents.lackingChunks() == 0
                ? "complete"
                : "lacks " + People.count(contents.lackingChunks(), "chunk") + ", "
                        + People.size(contents.lackingBytes());
    }

    /** What is worth knowing of a member's log and contents, in a few words. */
    static String health(MemberInfo member) {
        return "log " + People.size(member.logBytes()) + ", checkpoint " + checkpoint(member)
                + (member.lag() > 0 ? ", " + member.lag() + " behind" : "")
                + member.contents()
                        .filter(contents -> contents.lackingChunks() > 0)
                        .map(contents -> ", " + contents(contents))
                        .orElse("");
    }

    private static String number(long number) {
        return number < 0 ? "-" : String.valueOf(number);
    }

    private static Map<String, Object> fields(MemberInfo member) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("of", member.service());
        fields.put("group", member.group());
        fields.put("id", member.id());
        fields.put("address", member.address());
        fields.put("up", member.up());
        fields.put("leads", member.leads());
        fields.put("draining", member.draining());
        fields.put("term", member.term());
        fields.put("log", member.last());
        fields.put("behind", member.lag());
        fields.put("checkpoint", member.checkpoint());
        fields.put("checkpointAgeMillis", member.checkpointAge().toMillis());
        fields.put("logBytes", member.logBytes());
        member.contents().ifPresent(contents -> {
            fields.put("lackingChunks", contents.lackingChunks());
            fields.put("lackingBytes", contents.lackingBytes());
        });
        fields.put("silentMillis", member.silent().toMillis());
        return fields;
    }

    /** The same as without a word. */
    @Command(name = "list", description = "Show them.", footer = "  holdfast members list")
    static final class All extends ClientCommand {
        @Override
        int run(Cell cell, Output out) throws IOException {
            return list(cell, out);
        }
    }

    /** Takes in a server that waits. */
    @Command(
            name = "add",
            description = "Take a server in that was started with --join and waits for it.",
            footer = "  holdfast members add 127.0.0.1:8012")
    static final class Add extends ClientCommand {
        @Parameters(paramLabel = "HOST:PORT", description = "Where it is.")
        String address = "";

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.administration().addMember(address);
            out.object(Output.fields("address", address), address + ": taken in");
            return ExitCodes.DONE;
        }
    }

    /** Lets a member go. */
    @Command(
            name = "remove",
            description = "Let a member go. Its server ends; its data folder is of no use then.",
            footer = "  holdfast members remove 127.0.0.1:8002")
    static final class Remove extends ClientCommand {
        @Parameters(paramLabel = "MEMBER", description = NAME)
        String member = "";

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.administration().removeMember(member);
            out.object(Output.fields("member", member), member + ": removed");
            return ExitCodes.DONE;
        }
    }

    /** Hands leadership over. */
    @Command(
            name = "lead",
            description = "Have a member lead, before maintenance of the one that does.",
            footer = "  holdfast members lead 127.0.0.1:8012")
    static final class Lead extends ClientCommand {
        @Parameters(paramLabel = "MEMBER", description = NAME)
        String member = "";

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.administration().leadMember(member);
            out.object(Output.fields("member", member), member + ": leads");
            return ExitCodes.DONE;
        }
    }
}
