package holdfast.verify.simulation;

import holdfast.client.files.Stat;
import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.verify.simulation.Event.Outcome;
import holdfast.verify.simulation.Event.Request;
import holdfast.verify.simulation.Event.Seen;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.json.JsonMapper;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * An event as a line, for clients in processes of their own. Of what a stat says, only what is
 * checked is in it.
 */
public record EventLine(
        int client,
        StepLine step,
        long begun,
        long ended,
        Outcome outcome,
        @Nullable FailureCode failure,
        @Nullable String message,
        List<Request> requests,
        List<SeenLine> seen,
        @Nullable SortedMap<String, Long> listed,
        @Nullable Node stat,
        @Nullable FencingToken token,
        @Nullable Text written,
        @Nullable Boolean kept) {
    private static final JsonMapper JSON = new JsonMapper();

    record StepLine(int id, Step.Kind kind, String path, String other, boolean large) {}

    record Node(long file, boolean directory, int mode, long dataVersion, long changeNumber) {
        static Node of(Stat stat) {
            return new Node(
                    stat.file().value(),
                    stat.isDirectory(),
                    stat.mode(),
                    stat.dataVersion(),
                    stat.changeNumber());
        }

        Stat stat() {
            return new Stat(
                    new FileId(file),
                    directory ? Stat.Type.DIRECTORY : Stat.Type.FILE,
                    mode,
                    "",
                    "",
                    1,
                    0,
                    0,
                    dataVersion,
                    changeNumber,
                    Instant.EPOCH,
                    Instant.EPOCH,
                    Instant.EPOCH,
                    Instant.EPOCH,
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    false,
                    Optional.empty(),
                    Optional.empty());
        }
    }

    record SeenLine(Node stat, Text text, long begun, long ended) {}

    /** The line of an event that has ended. */
    public static String of(Event event) {
        return JSON.writeValueAsString(new EventLine(
                event.client,
                new StepLine(
                        event.step.id(),
                        event.step.kind(),
                        event.step.path(),
                        event.step.other(),
                        event.step.large()),
                event.begun,
                event.ended,
                event.outcome,
                event.failure,
                event.message,
                List.copyOf(event.requests),
                event.seen.stream()
                        .map(seen -> new SeenLine(
                                Node.of(seen.stat()), seen.text(), seen.begun(), seen.ended()))
                        .toList(),
                event.listed,
                event.stat == null ? null : Node.of(event.stat),
                event.token,
                event.written,
                event.kept));
    }

    /** The event that a line tells. */
    public static Event parse(String line) {
        return JSON.readValue(line, EventLine.class).event();
    }

    private Event event() {
        Step whole = new Step(
                step.id,
                step.kind,
                step.path,
                step.other,
                Duration.ZERO,
                Duration.ZERO,
                step.large);
        Event event = new Event(client, whole, begun);
        event.ended = ended;
        event.outcome = outcome;
        event.failure = failure;
        event.message = message;
        event.requests.addAll(requests);
        seen.forEach(
                one -> event.seen.add(new Seen(one.stat.stat(), one.text, one.begun, one.ended)));
        event.listed = listed;
        event.stat = stat == null ? null : stat.stat();
        event.token = token;
        event.written = written;
        event.kept = kept;
        return event;
    }
}
