package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Recovery.Kept;
import holdfast.client.files.Stat;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Working copies whose store failed. */
@Command(
        name = "recover",
        description =
                "List work that could not be stored; send it, save it elsewhere, or give it up.",
        subcommands = {
            RecoverCommand.Show.class,
            RecoverCommand.Send.class,
            RecoverCommand.Save.class,
            RecoverCommand.Discard.class
        },
        footer = {
            "  holdfast recover",
            "  holdfast recover send 3",
            "  holdfast recover save 3 ./mine.txt"
        })
final class RecoverCommand extends ClientCommand {
    private static final String LISTED = "As 'holdfast recover' lists it.";

    @Override
    int run(Cell cell, Output out) throws IOException {
        return show(cell, out);
    }

    private static int show(Cell cell, Output out) throws IOException {
        List<Kept> kept = cell.recovery().list();
        if (kept.isEmpty()) {
            out.line("nothing to recover");
            return ExitCodes.DONE;
        }
        List<Output.Row> rows = new ArrayList<>();
        for (Kept copy : kept) {
            rows.add(new Output.Row(
                    fields(copy),
                    List.of(
                            copy.id(),
                            copy.path().toString(),
                            People.size(copy.bytes()),
                            People.time(copy.since()),
                            state(copy),
                            copy.reason())));
        }
        out.table(List.of("ID", "PATH", "SIZE", "SINCE", "STATE", "WHY"), rows);
        return ExitCodes.DONE;
    }

    private static String state(Kept copy) {
        return switch (copy.state()) {
            case KEPT -> "not stored";
            case STORED_AFTER_ALL -> "stored after all";
            case CONFLICT -> "changed by others meanwhile";
            case UNKNOWN -> "server not reached";
        };
    }

    private static Map<String, Object> fields(Kept copy) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", copy.id());
        fields.put("path", copy.path().toString());
        fields.put("file", copy.file().toString());
        fields.put("baseVersion", copy.baseVersion());
        fields.put("bytes", copy.bytes());
        fields.put("since", copy.since().toString());
        fields.put("state", copy.state().name());
        fields.put("reason", copy.reason());
        return fields;
    }

    /** Lists them, as without a subcommand. */
    @Command(
            name = "list",
            description = "List work that could not be stored.",
            footer = "  holdfast recover list --json")
    static final class Show extends ClientCommand {
        @Override
        int run(Cell cell, Output out) throws IOException {
            return show(cell, out);
        }
    }

    /** Stores one. */
    @Command(
            name = "send",
            description = "Store it; refused when others changed the file meanwhile, unless told to"
                    + " overwrite.",
            footer = {"  holdfast recover send 3", "  holdfast recover send --overwrite 3"})
    static final class Send extends ClientCommand {
        @Option(names = "--overwrite", description = "Even over what others stored meanwhile.")
        boolean overwrite;

        @Parameters(paramLabel = "ID", description = LISTED)
        String id = "";

        @Override
        int run(Cell cell, Output out) throws IOException {
            Stat stat = cell.recovery().send(id, overwrite);
            out.object(Rows.fields(id, stat), id + ": stored, version " + stat.dataVersion());
            return ExitCodes.DONE;
        }
    }

    /** Saves one elsewhere. */
    @Command(
            name = "save",
            description = "Copy it to a local file; it stays listed.",
            footer = "  holdfast recover save 3 ./mine.txt")
    static final class Save extends ClientCommand {
        @Parameters(index = "0", paramLabel = "ID", description = LISTED)
        String id = "";

        @Parameters(index = "1", paramLabel = "LOCAL", description = "The local file.")
        Path to = Path.of("");

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.recovery().saveTo(id, to);
            out.object(Output.fields("id", id, "local", to.toString()), id + ": saved as " + to);
            return ExitCodes.DONE;
        }
    }

    /** Gives one up. */
    @Command(
            name = "discard",
            description = "Give it up for good.",
            footer = "  holdfast recover discard 3")
    static final class Discard extends ClientCommand {
        @Parameters(paramLabel = "ID", description = LISTED)
        String id = "";

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.recovery().discard(id);
            out.object(Output.fields("id", id), id + ": discarded");
            return ExitCodes.DONE;
        }
    }
}
