package holdfast.examples;

import holdfast.client.files.Cell;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;

import java.io.IOException;

/**
 * Wants to write {@code /etc/blub}, says whom it waits for, gets the lock at the close, and writes.
 */
public final class Client2 {
    private Client2() {}

    /** Runs it; see {@link Arguments}. */
    public static void main(String[] words) throws IOException {
        Arguments arguments = Arguments.of("Client2", words);
        CellPath path = CellPath.parse("/etc/blub");
        OpenRequest how = OpenRequest.create()
                .truncating()
                .tellingWhenWaiting(holder -> System.out.println("Client2: waits for " + holder));
        try (Cell cell = Cell.connect(arguments.options())) {
            try (OpenFile file = cell.open(path, how)) {
                System.out.println("Client2: has the lock of " + path);
                Texts.write(file, "from Client2\n");
            }
            String found = Texts.read(cell, path);
            Texts.check(path.toString(), "from Client2\n", found);
            System.out.println("Client2: " + path + " says: " + found.strip());
        }
    }
}
