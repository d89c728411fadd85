package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.CacheControl.Cached;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows the cache. */
@Command(
        name = "cache",
        description = "Show what is cached on this machine, empty the cache or check it.",
        subcommands = {CacheCommand.Show.class, CacheCommand.Clear.class, CacheCommand.Verify.class
        },
        footer = {"  holdfast cache", "  holdfast cache clear", "  holdfast cache verify --json"})
final class CacheCommand extends ClientCommand {
    @Override
    int run(Cell cell, Output out) throws IOException {
        return show(cell, out);
    }

    private static int show(Cell cell, Output out) throws IOException {
        List<Cached> objects = cell.cache().show();
        long bytes = objects.stream().mapToLong(Cached::bytes).sum();
        Cell.Statistics counts = cell.statistics();
        out.line(cell.cache().folder() + ": " + People.count(objects.size(), "object") + ", "
                + People.size(bytes) + " of " + People.size(counts.cacheBudget()));
        if (!objects.isEmpty()) {
            out.table(List.of("SIZE", "LAST USED", "VERSION", "PATH OR HASH"), rows(objects));
        }
        return ExitCodes.DONE;
    }

    static List<Output.Row> rows(List<Cached> objects) {
        List<Output.Row> rows = new ArrayList<>();
        for (Cached object : objects) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("hash", object.hash());
            fields.put("bytes", object.bytes());
            fields.put("used", object.used().toString());
            object.path().ifPresent(path -> fields.put("path", path));
            object.dataVersion().ifPresent(version -> fields.put("dataVersion", version));
            rows.add(new Output.Row(
                    fields,
                    List.of(
                            People.size(object.bytes()),
                            People.time(object.used()),
                            object.dataVersion().map(String::valueOf).orElse("-"),
                            object.path().orElse(object.hash()))));
        }
        return rows;
    }

    /** Shows it, as without a subcommand. */
    @Command(
            name = "show",
            description = "Show what is cached on this machine.",
            footer = "  holdfast cache show --json")
    static final class Show extends ClientCommand {
        @Override
        int run(Cell cell, Output out) throws IOException {
            return show(cell, out);
        }
    }

    /** Empties it. */
    @Command(
            name = "clear",
            description = "Remove everything that is not in use; work not stored yet stays.",
            footer = "  holdfast cache clear")
    static final class Clear extends ClientCommand {
        @Override
        int run(Cell cell, Output out) throws IOException {
            long freed = cell.cache().clear();
            out.object(Output.fields("freedBytes", freed), People.size(freed) + " freed");
            return ExitCodes.DONE;
        }
    }

    /** Checks it. */
    @Command(
            name = "verify",
            description = {
                "Hash every cached object; damaged ones are removed and listed.",
                "Ends with 7 when there were any."
            },
            footer = "  holdfast cache verify")
    static final class Verify extends ClientCommand {
        @Override
        int run(Cell cell, Output out) throws IOException {
            List<Cached> damaged = cell.cache().verify();
            if (damaged.isEmpty()) {
                out.line("all cached objects are whole");
                return ExitCodes.DONE;
            }
            out.table(List.of("SIZE", "LAST USED", "VERSION", "PATH OR HASH"), rows(damaged));
            return ExitCodes.DAMAGED;
        }
    }
}
