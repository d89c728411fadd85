package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Stat;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Makes links. */
@Command(
        name = "ln",
        description = "Give a file another name, or make a symbolic link.",
        footer = {"  holdfast ln /notes.txt /same.txt", "  holdfast ln -s notes.txt /link.txt"})
final class LnCommand extends ClientCommand {
    @Option(
            names = {"-s", "--symbolic"},
            description = "A symbolic link; TARGET is kept as it is.")
    boolean symbolic;

    @Parameters(
            index = "0",
            paramLabel = "TARGET",
            description = "The file, or where the link leads.")
    String target = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "The new name.")
    String name = "/";

    @Override
    int run(Cell cell, Output out) throws IOException {
        Stat made = symbolic
                ? cell.symlink(target.getBytes(StandardCharsets.UTF_8), path(name))
                : cell.link(path(target), path(name));
        if (out.json()) {
            out.object(Rows.fields(name, made), "");
        }
        return ExitCodes.DONE;
    }
}
