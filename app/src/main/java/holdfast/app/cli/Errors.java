package holdfast.app.cli;

import holdfast.client.files.CellException;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.failure.FullDisk;

import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;

/**
 * Every failure becomes one line on standard error and an exit code; a stack trace only with
 * {@code --debug}.
 */
final class Errors implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private final PrintStream err;

    Errors(PrintStream err) {
        this.err = err;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        if (debug(parsed)) {
            e.printStackTrace(err);
        }
        return say(e);
    }

    private static boolean debug(ParseResult parsed) {
        return parsed.hasMatchedOption("--debug")
                || (parsed.hasSubcommand() && debug(parsed.subcommand()));
    }

    /** Prints the one line for {@code e}; returns the exit code. */
    int say(Throwable e) {
        err.println("holdfast: " + text(e));
        return code(e);
    }

    /** The one line for {@code e}. */
    static String text(Throwable e) {
        String text = switch (e) {
            case CellException cell -> cell.failure() + advice(cell.code());
            case FailureException failure -> failure.failure() + advice(failure.code());
            case NoSuchFileException missing ->
                missing.getFile() + ": no such local file or folder";
            case FileAlreadyExistsException there ->
                there.getFile() + ": the local file exists already";
            case AccessDeniedException denied ->
                denied.getFile() + ": no permission for the local file";
            case FileSystemException local ->
                local.getFile() + ": "
                        + Optional.ofNullable(local.getReason()).orElse("local file system failed");
            case FileNotFoundException missing -> String.valueOf(missing.getMessage());
            case ClosedByInterruptException stopped -> "interrupted";
            case InterruptedException stopped -> "interrupted";
            case IOException io -> String.valueOf(io.getMessage());
            default -> "a fault of Holdfast itself: " + e + " (--debug shows where)";
        };
        return oneLine(text);
    }

    private static String advice(FailureCode code) {
        return switch (code) {
            case UNAVAILABLE -> "; 'holdfast doctor' checks what is up";
            case INDETERMINATE -> "; look whether it was done before you repeat it";
            case NO_VOLUME -> "; 'holdfast volumes' lists the directories that are served";
            default -> "";
        };
    }

    /** The exit code for {@code e}. */
    static int code(Throwable e) {
        return switch (e) {
            case CellException cell -> ExitCodes.of(cell.code());
            case FailureException failure -> ExitCodes.of(failure.code());
            case ClosedByInterruptException stopped -> ExitCodes.INTERRUPTED;
            case InterruptedException stopped -> ExitCodes.INTERRUPTED;
            case NoSuchFileException missing -> ExitCodes.of(FailureCode.NOT_FOUND);
            case AccessDeniedException denied -> ExitCodes.of(FailureCode.DENIED);
            case IOException io when FullDisk.isCauseOf(io) -> ExitCodes.of(FailureCode.NO_SPACE);
            default -> ExitCodes.OTHER;
        };
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        String what = e instanceof UnmatchedArgumentException unmatched
                ? unmatched(unmatched)
                : oneLine(String.valueOf(e.getMessage()));
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        err.println("holdfast: " + what + " (see '" + command + " --help')");
        return ExitCodes.USAGE;
    }

    private static String unmatched(UnmatchedArgumentException e) {
        String given = e.getUnmatched().getFirst();
        String what = e.isUnknownOption()
                ? "unknown option"
                : e.getCommandLine().getSubcommands().isEmpty()
                        ? "nothing is expected at"
                        : "unknown command";
        List<String> suggestions = e.getSuggestions();
        return what + " '" + oneLine(given) + "'"
                + (suggestions.isEmpty()
                        ? ""
                        : ", did you mean '" + String.join("' or '", suggestions) + "'?");
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ");
    }
}
