package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;

/** Prints files. */
@Command(name = "cat", description = "Print files.", footer = "  holdfast cat /etc/motd")
final class CatCommand extends ClientCommand {
    @Parameters(paramLabel = "PATH", arity = "1..*", description = "The files.")
    List<String> paths = new ArrayList<>();

    @Override
    int run(Cell cell, Output out) throws IOException {
        for (String path : paths) {
            try (OpenFile file = cell.open(path(path), OpenRequest.read())) {
                Channels.newInputStream(file.channel()).transferTo(out.stream());
            }
        }
        out.stream().flush();
        return ExitCodes.DONE;
    }
}
