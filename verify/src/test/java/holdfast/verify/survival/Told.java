package holdfast.verify.survival;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.simulation.Event;
import holdfast.verify.simulation.EventLine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a process of {@link Survivors} has told so far. */
final class Told {
    private final LocalProcess process;
    private final List<Event> events = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private long read;

    Told(LocalProcess process) {
        this.process = process;
    }

    LocalProcess process() {
        return process;
    }

    /** Its events so far. */
    List<Event> events() {
        byte[] news = process.outAfter(read);
        int end = news.length;
        while (end > 0 && news[end - 1] != '\n') {
            end--;
        }
        read += end;
        new String(news, 0, end, StandardCharsets.UTF_8).lines().forEach(line -> {
            if (line.startsWith("wrong")) {
                wrong.add(line);
            } else {
                events.add(EventLine.parse(line));
            }
        });
        return events;
    }

    /** What it said to be wrong. */
    List<String> wrong() {
        return wrong;
    }

    void awaitEnd() {
        assertThat(process.awaitEnd()).as(process.err()).isZero();
    }

    /** Whether something that it began after a moment has succeeded. */
    boolean gotOnAfter(long nanos) {
        assertThat(process.alive()).as(process.err()).isTrue();
        List<Event> all = events();
        for (int i = all.size() - 1; i >= 0 && all.get(i).ended > nanos; i--) {
            if (all.get(i).done() && all.get(i).begun > nanos) {
                return true;
            }
        }
        return false;
    }
}
