package holdfast.verify.simulation;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.client.files.Rash;
import holdfast.model.path.CellPath;
import holdfast.verify.simulation.Event.Outcome;
import holdfast.verify.simulation.Event.Seen;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Carries out steps at one connection. */
public final class Steps {
    private static final int BYTES_MAX = 1 << 20;
    private static final byte[] RASH = {'r', 'a', 's', 'h'};

    private final Cell cell;
    private final Client client;

    public Steps(Cell cell, Client client) {
        this.cell = cell;
        this.client = client;
    }

    /** Until a file server serves the root. */
    public void awaitVolume() throws InterruptedException {
        boolean there = false;
        while (!there) {
            try {
                cell.space(CellPath.ROOT);
                there = true;
            } catch (CellException e) {
                Thread.sleep(50);
            }
        }
    }

    public void run(Event event) throws InterruptedException {
        try {
            carryOut(event);
            event.outcome = Outcome.DONE;
        } catch (CellException e) {
            event.outcome = Outcome.FAILED;
            event.failure = e.code();
            event.message = e.getMessage();
        } catch (IOException e) {
            client.wrong(event + " met " + e);
        }
    }

    private void carryOut(Event event) throws IOException, InterruptedException {
        Step step = event.step;
        CellPath path = CellPath.parse(step.path());
        switch (step.kind()) {
            case READ -> read(event, path);
            case EDIT, RASH_EDIT ->
                edit(event, path, OpenRequest.write().waitingAtMost(step.lockWait()));
            case TRY_EDIT -> edit(event, path, OpenRequest.write().notWaiting());
            case CREATE ->
                edit(event, path, OpenRequest.createNew().waitingAtMost(step.lockWait()));
            case PUT -> put(event, path, false);
            case PUT_NEW -> put(event, path, true);
            case REMOVE -> cell.remove(path);
            case RENAME -> rename(event, Cell.RenameMode.REPLACE);
            case RENAME_NEW -> rename(event, Cell.RenameMode.NO_REPLACE);
            case EXCHANGE -> rename(event, Cell.RenameMode.EXCHANGE);
            case LINK -> event.stat = cell.link(path, CellPath.parse(step.other()));
            case MKDIR -> event.stat = cell.mkdir(path, 0755);
            case RMDIR -> cell.rmdir(path);
            case CHMOD ->
                event.stat = cell.setAttributes(
                        path, Cell.Changes.NONE.withMode(0600 + step.id() % 0100));
            case LIST -> list(event, path);
            case STAT -> event.stat = cell.lstat(path);
            case RECALL -> client.keptBefore().forEach(this::requireKept);
        }
    }

    private void rename(Event event, Cell.RenameMode how) throws CellException {
        event.stat = cell.rename(
                CellPath.parse(event.step.path()), CellPath.parse(event.step.other()), how);
    }

    private void list(Event event, CellPath path) throws CellException {
        TreeMap<String, Long> names = new TreeMap<>();
        cell.list(
                path,
                entry -> names.put(entry.name().toString(), entry.stat().file().value()));
        event.listed = names;
    }

    private void put(Event event, CellPath path, boolean onlyNew) throws CellException {
        Text contents = Text.first(event.step);
        event.written = contents;
        event.stat = cell.write(
                path,
                contents.bytes(),
                new Cell.PutOptions(
                        0644, Optional.empty(), event.step.lockWait(), onlyNew, bytes -> {}));
    }

    private void read(Event event, CellPath path) throws IOException {
        long begun = client.now();
        try (OpenFile file = cell.open(path, OpenRequest.read())) {
            long opened = client.now();
            event.seen.add(new Seen(file.stat(), Text.of(all(file.channel())), begun, opened));
        }
    }

    private void edit(Event event, CellPath path, OpenRequest how)
            throws IOException, InterruptedException {
        long begun = client.now();
        OpenFile file = cell.open(path, how);
        long opened = client.now();
        client.opened(file, opened);
        event.token = Exclusion.token(file);
        Text base = Text.of(all(file.channel()));
        event.seen.add(new Seen(file.stat(), base, begun, opened));
        Thread.sleep(event.step.hold().toMillis());
        if (event.step.kind() == Step.Kind.RASH_EDIT) {
            long version = file.stat().dataVersion();
            long another = event.step.id() % 2 == 0 ? version + 1 : Math.max(0, version - 1);
            Rash.store(cell, file, another, RASH);
        }
        Text contents = base.edited(event.step);
        overwrite(file.channel(), contents.bytes());
        event.written = contents;
        try {
            file.close();
            event.stat = file.stat();
        } catch (CellException e) {
            event.kept = isKept(contents);
            throw e;
        } finally {
            client.closed(file);
        }
    }

    private static void overwrite(FileChannel channel, byte[] contents) throws IOException {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(contents), 0);
    }

    private static byte[] all(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), BYTES_MAX));
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {
            Thread.onSpinWait();
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private void requireKept(Text contents) {
        try {
            if (!isKept(contents)) {
                client.wrong("what was kept is gone: " + contents);
            }
        } catch (CellException e) {
            client.wrong("recovery could not be listed: " + e.getMessage());
        }
    }

    private boolean isKept(Text contents) throws CellException {
        for (Cell.Recovery.Kept kept : cell.recovery().list()) {
            if (Arrays.equals(keptBytes(kept), contents.bytes())) {
                client.kept(cell.recovery(), kept.id());
                return true;
            }
        }
        return false;
    }

    private byte[] keptBytes(Cell.Recovery.Kept kept) throws CellException {
        try {
            Path copy = client.scratch();
            cell.recovery().saveTo(kept.id(), copy);
            byte[] bytes = Files.readAllBytes(copy);
            Files.delete(copy);
            return bytes;
        } catch (CellException e) {
            throw e;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** After a kill: whether what was being stored then is kept. */
    void recover(Stream<Event> killed) {
        // First all of them: while one is looked for, others' steps become events.
        List<Event> opened = killed.filter(event -> event.step.kind().opens() && event.kept == null)
                .toList();
        for (Event event : opened) {
            try {
                event.kept = event.written == null ? null : isKept(event.written);
            } catch (CellException e) {
                client.wrong("recovery could not be listed: " + e.getMessage());
            }
        }
    }
}
