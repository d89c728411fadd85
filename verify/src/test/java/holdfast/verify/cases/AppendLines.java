package holdfast.verify.cases;

import holdfast.client.files.Cell;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ClientProgram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Opens a file, adds a line and closes it, many times: {@code PATH NAME TIMES}. */
final class AppendLines {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private AppendLines() {}

    public static void main(String[] words) throws IOException {
        ClientProgram program = ClientProgram.of(words);
        CellPath path = CellPath.parse(program.text(0));
        OpenRequest how = OpenRequest.create().appending().waitingAtMost(PATIENCE);
        try (Cell cell = program.connect()) {
            for (int i = 0; i < program.number(2); i++) {
                try (OpenFile file = cell.open(path, how)) {
                    String line = line(program.text(1), i) + "\n";
                    file.channel().write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
                }
            }
        }
    }

    /** The line that {@code name} adds for the {@code i}-th time. */
    static String line(String name, int i) {
        return name + " says " + i;
    }
}
