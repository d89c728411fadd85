package holdfast.verify.faults;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.PutOptions;
import holdfast.client.files.Cell.RenameMode;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A writer, which in each round makes a new file, writes the next version of a file of its own,
 * replaces another by a rename, and now and then adds a line to a file that writers share. What a
 * cell must hold after a number of rounds follows from that number.
 *
 * @param number of this writer
 */
record Writer(int number) {
    private static final List<String> DIRECTORIES = List.of("/etc", "/src", "/home");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int SHARED_EVERY = 5;
    private static final int FILES_KEPT = 10;

    /** The file to which all writers with the same directory add lines. */
    CellPath shared() {
        return in("shared");
    }

    private CellPath own() {
        return in("own-" + number);
    }

    private CellPath made(int round) {
        return in("made-" + number + "-" + round);
    }

    private CellPath replaced() {
        return in("replaced-" + number);
    }

    private CellPath in(String name) {
        return CellPath.parse(DIRECTORIES.get(number % DIRECTORIES.size())).child(Name.of(name));
    }

    /** What it writes in {@code round}: mostly little, sometimes more than a message holds. */
    private byte[] contents(int round) {
        Random random = new Random(number * 1_000_000L + round);
        int size = round % 25 == 24 ? 1_500_000 : round % 5 == 4 ? 100_000 : 100;
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        byte[] head = line(round).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(head, 0, bytes, 0, head.length);
        return bytes;
    }

    private String line(int round) {
        return number + " " + round + "\n";
    }

    /** The lines that it has added to the shared file after {@code rounds}. */
    Stream<String> lines(int rounds) {
        return Stream.iterate(0, round -> round < rounds, round -> round + SHARED_EVERY)
                .map(round -> line(round).strip());
    }

    /** Does round {@code round}; all of it is acknowledged when this returns. */
    void work(Cell cell, int round) throws IOException {
        cell.write(made(round), contents(round), PutOptions.standard());
        writeOwn(cell, round);
        CellPath temporary = in("temporary-" + number);
        cell.write(temporary, contents(round), PutOptions.standard());
        cell.rename(temporary, replaced(), RenameMode.REPLACE);
        if (round % SHARED_EVERY == 0) {
            addLine(cell, round);
        }
        if (round >= FILES_KEPT) {
            cell.remove(made(round - FILES_KEPT));
        }
    }

    private void writeOwn(Cell cell, int round) throws IOException {
        try (OpenFile file = cell.open(own(), OpenRequest.create().waitingAtMost(PATIENCE))) {
            byte[] before = round == 0 ? new byte[0] : contents(round - 1);
            byte[] found = new byte[Math.toIntExact(file.channel().size())];
            file.channel().read(ByteBuffer.wrap(found), 0);
            check(Arrays.equals(found, before), own() + " in round " + round, head(found));
            file.channel().truncate(0);
            file.channel().write(ByteBuffer.wrap(contents(round)), 0);
        }
    }

    private static String head(byte[] found) {
        String head = new String(found, 0, Math.min(20, found.length), StandardCharsets.ISO_8859_1);
        return found.length + " bytes: " + head;
    }

    private void addLine(Cell cell, int round) throws IOException {
        OpenRequest how = OpenRequest.create().appending().waitingAtMost(PATIENCE);
        try (OpenFile file = cell.open(shared(), how)) {
            file.channel().write(ByteBuffer.wrap(line(round).getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** Reads, as another client, the file of its own: of at least round {@code acknowledged}. */
    void look(Cell cell, int acknowledged) throws CellException {
        String text = new String(cell.read(own(), 1 << 22), StandardCharsets.ISO_8859_1);
        int seen = Integer.parseInt(text.substring(text.indexOf(' ') + 1, text.indexOf('\n')));
        check(seen >= acknowledged, own() + " after round " + acknowledged, "round " + seen);
    }

    /** Checks that {@code cell} holds exactly what {@code rounds} rounds made. */
    void checkAll(Cell cell, int rounds) throws CellException {
        int last = rounds - 1;
        checkContents(cell, own(), last);
        checkContents(cell, replaced(), last);
        long version = cell.stat(own()).dataVersion();
        check(
                version == 1 + rounds,
                own() + " made, then stored " + rounds + " times",
                "version " + version);
        for (int round = Math.max(0, last - FILES_KEPT - 2); round <= last; round++) {
            if (round > last - FILES_KEPT) {
                checkContents(cell, made(round), round);
            } else {
                check(!exists(cell, made(round)), made(round) + " was removed", "there");
            }
        }
    }

    private void checkContents(Cell cell, CellPath path, int round) throws CellException {
        byte[] found = cell.read(path, 1 << 22);
        check(Arrays.equals(found, contents(round)), path + " of round " + round, head(found));
    }

    private static boolean exists(Cell cell, CellPath path) throws CellException {
        try {
            cell.stat(path);
            return true;
        } catch (CellException e) {
            if (e.code() == FailureCode.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private static void check(boolean holds, String what, String found) {
        if (!holds) {
            throw new AssertionError(what + ": found " + found);
        }
    }
}
