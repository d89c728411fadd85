package holdfast.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A state machine that remembers all commands in their order, insists on each entry once, and
 * answers with the first bytes of the command. The command "fail" makes it throw.
 */
final class RememberingMachine implements StateMachine {
    private final List<String> commands = new ArrayList<>();
    private Applied applied = Applied.NONE;
    private int restores;

    /** The same state in another object, as if only so much had reached a disk. */
    synchronized RememberingMachine copy() {
        RememberingMachine copy = new RememberingMachine();
        copy.commands.addAll(commands);
        copy.applied = applied;
        return copy;
    }

    /** A state that claims to stand at {@code applied}. */
    static RememberingMachine standingAt(Applied applied) {
        RememberingMachine machine = new RememberingMachine();
        machine.applied = applied;
        return machine;
    }

    @Override
    public synchronized List<ByteString> apply(long term, long index, List<ByteString> batch) {
        assertThat(index).isEqualTo(applied.index() + 1);
        List<ByteString> outcomes = new ArrayList<>();
        for (ByteString command : batch) {
            String text = command.toString(StandardCharsets.ISO_8859_1);
            if (text.equals("fail")) {
                throw new IllegalStateException("told to fail");
            }
            commands.add(text.substring(0, Math.min(64, text.length())));
            outcomes.add(command.substring(0, Math.min(8, command.size())));
        }
        applied = new Applied(term, index);
        return outcomes;
    }

    @Override
    public synchronized Applied applied() {
        return applied;
    }

    @Override
    public synchronized void skip(long term, long index) {
        assertThat(index).isEqualTo(applied.index() + 1);
        applied = new Applied(term, index);
    }

    @Override
    public synchronized void checkpoint(Path to) {
        try {
            Files.createDirectory(to);
            Files.writeString(to.resolve("at"), applied.term() + "\n" + applied.index());
            Files.write(to.resolve("commands"), commands);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void restore(Path from) {
        try {
            List<String> at = Files.readAllLines(from.resolve("at"));
            applied = new Applied(Long.parseLong(at.get(0)), Long.parseLong(at.get(1)));
            commands.clear();
            commands.addAll(Files.readAllLines(from.resolve("commands")));
            restores++;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized List<String> commands() {
        return List.copyOf(commands);
    }

    synchronized int restores() {
        return restores;
    }
}
