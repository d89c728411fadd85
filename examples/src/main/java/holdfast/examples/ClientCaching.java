package holdfast.examples;

import holdfast.client.files.Cell;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;

import java.io.IOException;
import java.util.Locale;

/**
 * Reads a file that is not cached, then again from the cache, and shows the cache and both times.
 */
public final class ClientCaching {
    private ClientCaching() {}

    /** Runs it; see {@link Arguments}. */
    public static void main(String[] words) throws IOException {
        Arguments arguments = Arguments.of("ClientCaching", words);
        CellPath path = CellPath.parse("/home/notes");
        try (Cell cell = Cell.connect(arguments.options())) {
            long cold = read(cell, path, "not cached");
            long warm = read(cell, path, "cached");
            cell.cache()
                    .show()
                    .forEach(object -> System.out.println("ClientCaching: in the cache: "
                            + object.path().orElse(object.hash())
                            + ", "
                            + object.bytes()
                            + " bytes on disk"));
            System.out.printf(
                    Locale.ROOT,
                    "ClientCaching: %s took %.2f ms at first, %.2f ms from the cache%n",
                    path,
                    cold / 1e6,
                    warm / 1e6);
        }
    }

    private static long read(Cell cell, CellPath path, String expected) throws IOException {
        long start = System.nanoTime();
        try (OpenFile file = cell.open(path, OpenRequest.read())) {
            long took = System.nanoTime() - start;
            String found = file.fromCache() ? "cached" : "not cached";
            Texts.check(path.toString(), expected, found);
            System.out.println("ClientCaching: " + path + " was " + found);
            return took;
        }
    }
}
