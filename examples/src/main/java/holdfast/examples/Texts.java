package holdfast.examples;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** Text files of a cell, written and read through the local file that an open file is. */
final class Texts {
    private Texts() {}

    static void write(Cell cell, CellPath path, String text) throws IOException {
        try (OpenFile file = cell.open(path, OpenRequest.create().truncating())) {
            write(file, text);
        }
    }

    static void write(OpenFile file, String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        while (bytes.hasRemaining()) {
            file.channel().write(bytes);
        }
    }

    static String read(Cell cell, CellPath path) throws IOException {
        try (OpenFile file = cell.open(path, OpenRequest.read())) {
            return Files.readString(file.path());
        }
    }

    /** Ends the program when {@code found} is not {@code expected}. */
    static void check(String what, String expected, String found) throws CellException {
        if (!expected.equals(found)) {
            throw new IllegalStateException(
                    what + ": '" + found + "' instead of '" + expected + "'");
        }
    }
}
