package holdfast.verify.cases;

import holdfast.client.files.Cell;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ClientProgram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads a file of numbered contents until there is a file {@code STOP}: {@code PATH STOP}. Each
 * must be whole, and none older than the one before. Prints the numbers that it saw.
 */
final class ReadAgainAndAgain {
    private static final int LENGTH_MAX = 150_000;

    private ReadAgainAndAgain() {}

    public static void main(String[] words) throws IOException {
        ClientProgram program = ClientProgram.of(words);
        CellPath path = CellPath.parse(program.text(0));
        Path stop = Path.of(program.text(1));
        try (Cell cell = program.connect()) {
            int last = 0;
            while (!Files.exists(stop)) {
                int number = number(cell, path);
                if (number < last) {
                    throw new AssertionError(number + " after " + last);
                }
                if (number > last) {
                    System.out.println(number);
                }
                last = number;
            }
        }
    }

    private static int number(Cell cell, CellPath path) throws IOException {
        try (OpenFile file = cell.open(path, OpenRequest.read())) {
            byte[] found = Files.readAllBytes(file.path());
            int number = ByteBuffer.wrap(found).getInt();
            if (!Arrays.equals(found, contents(number))) {
                throw new AssertionError(found.length + " bytes, but not contents " + number);
            }
            return number;
        }
    }

    /** Contents that say their number: some small, some in several chunks' worth of bytes. */
    static byte[] contents(int number) {
        byte[] bytes = new byte[Integer.BYTES + number * 9_973 % LENGTH_MAX];
        Arrays.fill(bytes, (byte) number);
        ByteBuffer.wrap(bytes).putInt(number);
        return bytes;
    }
}
