package holdfast.examples;

import holdfast.client.files.Cell;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Writes and reads back files on two file servers, reads one twice at once, then keeps
 * {@code /etc/blub} open for writing for a while: start {@link Client2} meanwhile.
 */
public final class Client1 {
    private Client1() {}

    /** Runs it; see {@link Arguments}. */
    public static void main(String[] words) throws IOException, InterruptedException {
        Arguments arguments = Arguments.of("Client1", words);
        try (Cell cell = Cell.connect(arguments.options())) {
            writeAndReadBack(cell, CellPath.parse("/etc/motd"), "welcome\n");
            writeAndReadBack(cell, CellPath.parse("/home/notes"), "milk, bread\n");
            readTwiceAtOnce(cell, CellPath.parse("/home/notes"));
            keepOpen(cell, CellPath.parse("/etc/blub"), arguments);
        }
    }

    private static void writeAndReadBack(Cell cell, CellPath path, String text) throws IOException {
        Texts.write(cell, path, text);
        Texts.check(path.toString(), text, Texts.read(cell, path));
        System.out.println("Client1: wrote " + path + " and read it back");
    }

    private static void readTwiceAtOnce(Cell cell, CellPath path) throws IOException {
        try (OpenFile one = cell.open(path, OpenRequest.read());
                OpenFile two = cell.open(path, OpenRequest.read())) {
            if (one.channel().size() != two.channel().size()) {
                throw new IllegalStateException(path + " has two sizes at once");
            }
            System.out.println("Client1: read " + path + " twice at once");
        }
    }

    private static void keepOpen(Cell cell, CellPath path, Arguments arguments)
            throws IOException, InterruptedException {
        try (OpenFile file = cell.open(path, OpenRequest.create().truncating())) {
            Texts.write(file, "from Client1\n");
            System.out.println(
                    "Client1: has " + path + " open for " + arguments.hold().toSeconds() + " s");
            System.out.flush();
            boolean ended =
                    new CountDownLatch(1).await(arguments.hold().toMillis(), TimeUnit.MILLISECONDS);
            System.out.println("Client1: closes " + path + (ended ? " early" : ""));
        }
    }
}
