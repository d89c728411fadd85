package holdfast.server.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

final class LogHostTest {
    private static final UUID GROUP = UUID.fromString("6a4aa4f7-93a5-4c8b-9c5f-0b8c1c1f6f10");

    @TempDir
    Path folder;

    /** Remembers all commands in their order. */
    private static final class Remembering implements StateMachine {
        private final List<String> commands = new ArrayList<>();
        private Applied applied = Applied.NONE;

        @Override
        public synchronized List<ByteString> apply(long term, long index, List<ByteString> batch) {
            assertThat(index).isEqualTo(applied.index() + 1);
            applied = new Applied(term, index);
            List<ByteString> outcomes = new ArrayList<>();
            for (ByteString command : batch) {
                commands.add(command.toString(java.nio.charset.StandardCharsets.ISO_8859_1));
                outcomes.add(command.substring(0, Math.min(8, command.size())));
            }
            return outcomes;
        }

        @Override
        public synchronized Applied applied() {
            return applied;
        }

        @Override
        public synchronized void skip(long term, long index) {
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
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        synchronized List<String> commands() {
            return List.copyOf(commands);
        }
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30), System::nanoTime);
    }

    private LogHost start(StateMachine machine) {
        return LogHost.start(folder, Map.of(GROUP, machine), soon());
    }

    @Test
    void aProposalIsAnsweredWithItsOwnOutcome() throws Exception {
        Remembering machine = new Remembering();
        try (LogHost host = start(machine);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            ReplicatedLog log = host.log(GROUP);
            List<Future<ByteString>> answers = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                ByteString command = ByteString.copyFromUtf8("c" + i);
                answers.add(callers.submit(() -> log.propose(command, soon())));
            }
            for (int i = 0; i < 500; i++) {
                assertThat(answers.get(i).get().toStringUtf8()).isEqualTo("c" + i);
            }
            assertThat(machine.commands()).hasSize(500).doesNotHaveDuplicates();
            assertThat(log.proposals()).as("waiting commands share entries").isLessThan(500);
        }
    }

    @Test
    void whatWasCommittedIsThereAfterARestartInTheSameOrder() {
        try (LogHost host = start(new Remembering())) {
            for (int i = 0; i < 20; i++) {
                host.log(GROUP).propose(ByteString.copyFromUtf8("c" + i), soon());
            }
        }
        Remembering again = new Remembering();
        try (LogHost host = start(again)) {
            host.log(GROUP).propose(ByteString.copyFromUtf8("last"), soon());
            assertThat(again.commands()).hasSize(21).startsWith("c0", "c1").endsWith("c19", "last");
        }
    }

    @Test
    void largeEntriesPassAndLargerOnesAreRefused() {
        Remembering machine = new Remembering();
        try (LogHost host = start(machine)) {
            ReplicatedLog log = host.log(GROUP);
            ByteString large = ByteString.copyFrom(new byte[EngineSettings.ENTRY_BYTES_MAX]);
            assertThat(log.propose(large, soon()).size()).isEqualTo(8);
            assertThatThrownBy(
                            () -> log.propose(large.concat(ByteString.copyFromUtf8("x")), soon()))
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            e -> assertThat(e.code()).isEqualTo(FailureCode.LIMIT));
        }
    }

    @Test
    void leadershipIsConfirmedInTheTermThatListenersWereToldOf() {
        try (LogHost host = start(new Remembering())) {
            ReplicatedLog log = host.log(GROUP);
            List<Long> terms = new ArrayList<>();
            log.onLeadership(new ReplicatedLog.Leadership() {
                @Override
                public void gained(long term) {
                    terms.add(term);
                }

                @Override
                public void lost() {
                    terms.add(0L);
                }
            });
            assertThat(terms).containsExactly(log.confirmLeadership(soon()));
        }
    }

    @Test
    void eachStartIsANewTerm() {
        long first;
        try (LogHost host = start(new Remembering())) {
            first = host.log(GROUP).confirmLeadership(soon());
        }
        try (LogHost host = start(new Remembering())) {
            assertThat(host.log(GROUP).confirmLeadership(soon())).isGreaterThan(first);
        }
    }
}
