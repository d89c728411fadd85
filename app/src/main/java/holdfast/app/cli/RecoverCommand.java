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
            RecoverCommand.Send.class,
            RecoverCommand.Save.class,
            RecoverCommand.Discard.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  holdfast recover",
            "  holdfast recover send 3",
            "  holdfast recover save 3 ./mine.txt"
        })
final class RecoverCommand extends ClientCommand {
    @Override
    int run(Cell cell, Output out) throws IOException {
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

    /** Stores one. */
    @Command(
            name = "send",
            description = "Store it; refused when others changed the file meanwhile, unless told to"
                    + " overwrite.")
    static final class Send extends ClientCommand {
        @Option(names = "--overwrite", description = "Even over what others stored meanwhile.")
        boolean overwrite;

        @Parameters(paramLabel = "ID")
        String id = "";

        @Override
        int run(Cell cell, Output out) throws IOException {
            Stat stat = cell.recovery().send(id, overwrite);
            out.object(Rows.fields(id, stat), id + ": stored, version " + stat.dataVersion());
            return ExitCodes.DONE;
        }
    }

    /** Saves one elsewhere. */
    @Command(name = "save", description = "Copy it to a local file; it stays listed.")
    static final class Save extends ClientCommand {
        @Parameters(index = "0", paramLabel = "ID")
        String id = "";

        @Parameters(index = "1", paramLabel = "LOCAL")
        Path to = Path.of("");

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.recovery().saveTo(id, to);
            out.object(Map.of("id", id, "local", to.toString()), id + ": saved as " + to);
            return ExitCodes.DONE;
        }
    }

    /** Gives one up. */
    @Command(name = "discard", description = "Give it up for good.")
    static final class Discard extends ClientCommand {
        @Parameters(paramLabel = "ID")
        String id = "";

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.recovery().discard(id);
            out.object(Map.of("id", id), id + ": discarded");
            return ExitCodes.DONE;
        }
    }
}
