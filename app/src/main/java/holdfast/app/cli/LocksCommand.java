package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.LockInfo;
import holdfast.model.failure.Failure.Holder;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows locks. */
@Command(
        name = "locks",
        description = "Show who holds and who awaits locks.",
        subcommands = {LocksCommand.Show.class, LocksCommand.Break.class},
        footer = {"  holdfast locks", "  holdfast locks break --reason 'laptop lost' /notes.txt"})
final class LocksCommand extends ClientCommand {
    @Override
    int run(Cell cell, Output out) throws IOException {
        return show(cell, out);
    }

    private static int show(Cell cell, Output out) throws IOException {
        List<Output.Row> rows = new ArrayList<>();
        for (LockInfo lock : cell.administration().locks()) {
            rows.add(new Output.Row(fields(lock), cells(lock)));
        }
        if (rows.isEmpty()) {
            out.line("no locks are held");
            return ExitCodes.DONE;
        }
        out.table(List.of("PATH", "MODE", "HELD BY", "SINCE", "TOKEN", "WAITING"), rows);
        return ExitCodes.DONE;
    }

    private static List<String> cells(LockInfo lock) {
        long oldest = lock.holders().stream().mapToLong(Holder::ageMillis).max().orElse(0);
        return List.of(
                lock.path(),
                mode(lock),
                names(lock.holders()),
                People.duration(Duration.ofMillis(oldest)),
                lock.token(),
                names(lock.waiters()));
    }

    private static String names(List<Holder> holders) {
        return holders.isEmpty()
                ? "-"
                : String.join(", ", holders.stream().map(People::holder).toList());
    }

    private static String mode(LockInfo lock) {
        return lock.exclusive() ? "exclusive" : "shared";
    }

    private static Map<String, Object> fields(LockInfo lock) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("path", lock.path());
        fields.put("id", lock.file().toString());
        fields.put("mode", mode(lock));
        fields.put("token", lock.token());
        fields.put("holders", lock.holders().stream().map(LocksCommand::fields).toList());
        fields.put("waiters", lock.waiters().stream().map(LocksCommand::fields).toList());
        return fields;
    }

    private static Map<String, Object> fields(Holder holder) {
        return Output.fields(
                "user", holder.user(),
                "host", holder.host(),
                "process", holder.process(),
                "ageMillis", holder.ageMillis());
    }

    /** Shows them, as without a subcommand. */
    @Command(
            name = "list",
            description = "Show who holds and who awaits locks.",
            footer = "  holdfast locks list --json")
    static final class Show extends ClientCommand {
        @Override
        int run(Cell cell, Output out) throws IOException {
            return show(cell, out);
        }
    }

    /** Ends all grants of a lock. */
    @Command(
            name = "break",
            description = "Take a lock from its holder, whose store will then be refused.",
            footer = "  holdfast locks break --reason 'laptop lost' /notes.txt")
    static final class Break extends ClientCommand {
        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                description = "For the log of the locking server.")
        String reason = "no reason given";

        @Parameters(paramLabel = "PATH", description = "The locked file.")
        String path = "/";

        @Override
        int run(Cell cell, Output out) throws IOException {
            int freed = cell.administration().breakLock(path(path), reason);
            out.object(
                    Output.fields("path", path, "freed", freed),
                    freed == 0
                            ? path + ": no lock was held"
                            : path + ": " + People.count(freed, "lock") + " taken back");
            return ExitCodes.DONE;
        }
    }
}
