package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.Stat;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.path.CellPath;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes empty files, or sets times. */
@Command(
        name = "touch",
        description = "Make empty files, or set the times of existing ones.",
        footer = {"  holdfast touch /done", "  holdfast touch -d 2026-03-01T12:30:00Z /notes.txt"})
final class TouchCommand extends ClientCommand {
    @Option(
            names = {"-d", "--date"},
            paramLabel = "TIME",
            description = "Such as 2026-03-01T12:30:00Z (default: now).")
    @Nullable
    String date;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "The files.")
    List<String> paths = new ArrayList<>();

    @Override
    int run(Cell cell, Output out) throws IOException {
        Optional<Instant> when = Optional.ofNullable(date).map(TouchCommand::instant);
        for (String text : paths) {
            Stat stat = touch(cell, path(text), when);
            if (out.json()) {
                out.object(Rows.fields(text, stat), "");
            }
        }
        return ExitCodes.DONE;
    }

    private static Stat touch(Cell cell, CellPath path, Optional<Instant> when)
            throws CellException {
        try {
            return cell.write(
                    path,
                    new byte[0],
                    new Cell.PutOptions(0644, when, Duration.ZERO, true, bytes -> {}));
        } catch (CellException e) {
            if (e.code() != FailureCode.ALREADY_EXISTS) {
                throw e;
            }
        }
        Cell.Changes times = when.map(time -> Cell.Changes.NONE.withTimes(time, time))
                .orElse(Cell.Changes.NONE.touched());
        return cell.setAttributes(path, times);
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw FailureException.of(
                    FailureCode.INVALID,
                    "'" + text + "' is not a time (expected something like 2026-03-01T12:30:00Z)");
        }
    }
}
