package holdfast.verify.cases;

import holdfast.client.files.Cell;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ClientProgram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;

/** Adds 1 to the number in a file, many times: {@code PATH TIMES}. */
final class AddOne {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private AddOne() {}

    public static void main(String[] words) throws IOException {
        ClientProgram program = ClientProgram.of(words);
        CellPath path = CellPath.parse(program.text(0));
        try (Cell cell = program.connect()) {
            for (int i = 0; i < program.number(1); i++) {
                try (OpenFile file = cell.open(path, OpenRequest.write().waitingAtMost(PATIENCE))) {
                    addOne(file.channel());
                }
            }
        }
    }

    private static void addOne(FileChannel channel) throws IOException {
        ByteBuffer number = ByteBuffer.allocate(Integer.BYTES);
        channel.read(number, 0);
        channel.write(ByteBuffer.allocate(Integer.BYTES).putInt(0, number.getInt(0) + 1), 0);
    }
}
