package holdfast.app.cli;

import holdfast.client.files.Cell;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;

/** Prepares a file server for maintenance. */
@Command(
        name = "drain",
        description =
                "Prepare a file server for being stopped: another member leads its group and it"
                        + " gets no new volumes, until 'undrain' or its next start. Ends when it is"
                        + " safe to stop it; with 5 when that does not come true within --timeout.",
        footer = {
            "  holdfast file-server drain 127.0.0.1:8006",
            "  holdfast file-server drain 127.0.0.1:8006 --timeout 10m",
            "  holdfast file-server undrain 127.0.0.1:8006"
        })
final class DrainCommand extends ClientCommand {
    private static final String SERVER = "Its address or the beginning of its id.";

    @Option(
            names = "--force",
            description = "Even when it has no replica, so that its volumes will be away.")
    boolean force;

    @Parameters(paramLabel = "SERVER", description = SERVER)
    String server = "";

    @Override
    int run(Cell cell, Output out) throws IOException {
        cell.administration().drain(server, force, text -> {
            if (!json) {
                err.println(text);
            }
        });
        out.object(Output.fields("server", server, "draining", true), server + ": safe to stop");
        return ExitCodes.DONE;
    }

    /** Takes that back. */
    @Command(
            name = "undrain",
            description = "Let a file server lead and get new volumes again.",
            footer = "  holdfast file-server undrain 127.0.0.1:8006")
    static final class Undrain extends ClientCommand {
        @Parameters(paramLabel = "SERVER", description = SERVER)
        String server = "";

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.administration().undrain(server);
            out.object(
                    Output.fields("server", server, "draining", false),
                    server + ": not draining any more");
            return ExitCodes.DONE;
        }
    }
}
