package holdfast.verify.faults;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ClientProgram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Opens files for writing, writes to them, and closes them when it is told to: {@code GO LENGTH
 * PATH...}. Prints {@code open}, waits until there is a file {@code GO}, prints {@code closing},
 * and for each path {@code closed} or why not.
 */
final class KeepsOpen {
    private static final long LOOK_MILLIS = 20;

    private KeepsOpen() {}

    public static void main(String[] words) throws IOException, InterruptedException {
        ClientProgram program = ClientProgram.of(words);
        Path go = Path.of(program.text(0));
        List<OpenFile> files = new ArrayList<>();
        try (Cell cell = program.connect()) {
            for (String path :
                    program.arguments().subList(2, program.arguments().size())) {
                OpenFile file =
                        cell.open(CellPath.parse(path), OpenRequest.create().truncating());
                file.channel().write(ByteBuffer.wrap(contents(path, program.number(1))));
                files.add(file);
            }
            System.out.println("open");
            while (!Files.exists(go)) {
                Thread.sleep(LOOK_MILLIS);
            }
            System.out.println("closing");
            files.forEach(KeepsOpen::close);
        }
    }

    private static void close(OpenFile file) {
        try {
            file.close();
            System.out.println("closed");
        } catch (CellException e) {
            System.out.println(e.code() + ": " + e.getMessage());
        }
    }

    /** What it writes to {@code path}. */
    static byte[] contents(String path, int length) {
        byte[] bytes = new byte[length];
        new Random(path.hashCode()).nextBytes(bytes);
        return bytes;
    }
}
