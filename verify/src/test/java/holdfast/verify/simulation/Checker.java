package holdfast.verify.simulation;

import holdfast.client.files.Stat;
import holdfast.model.failure.FailureCode;
import holdfast.model.lock.FencingToken;
import holdfast.verify.simulation.Event.Outcome;
import holdfast.verify.simulation.Event.Seen;
import holdfast.verify.simulation.Step.Kind;
import holdfast.verify.simulation.Truth.Fact;
import holdfast.wire.proto.Attributes;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Checks a history against the log. What a step saw must be the state after some number of entries:
 * at least those whose changes had been answered when it began (rule 1), at most those committed
 * when it ended. Each name on a path is checked for itself, since a walk is not of one moment.
 */
public final class Checker {
    private static final Set<FailureCode> NEVER = Set.of(
            FailureCode.INTERNAL,
            FailureCode.DAMAGED,
            FailureCode.LACKS_CHUNKS,
            FailureCode.LOCAL_IO,
            FailureCode.WRONG_ROLE,
            FailureCode.WRONG_VERSION,
            FailureCode.NO_VOLUME,
            FailureCode.DENIED,
            FailureCode.NOT_PERMITTED,
            FailureCode.UNSUPPORTED,
            FailureCode.LIMIT,
            FailureCode.NO_SPACE);
    private static final Set<FailureCode> NEVER_WHEN_CALM = Set.of(
            FailureCode.UNAVAILABLE,
            FailureCode.INDETERMINATE,
            FailureCode.TIMED_OUT,
            FailureCode.SESSION_ENDED,
            FailureCode.FENCED,
            FailureCode.NOT_LEADER,
            FailureCode.UNKNOWN_CLIENT,
            FailureCode.CANCELLED,
            FailureCode.NOT_MINE);

    /** A client that does not acknowledge costs a lease, and what a renewal under way adds (2a). */
    private static final long WAIT_NANOS_MAX =
            ServerNode.LEASE.plus(Duration.ofSeconds(2)).toNanos();

    private final List<Event> events;
    private final Truth truth;
    private final Windows windows;
    private final Set<Integer> sheltered;
    private final Set<FailureCode> excused;

    /**
     * A checker.
     *
     * @param sheltered clients whose steps no fault excuses
     * @param excused failures that faults excuse which otherwise nothing does
     */
    public Checker(
            List<Event> events, Truth truth, Set<Integer> sheltered, Set<FailureCode> excused) {
        this.excused = excused;
        this.events = events;
        this.truth = truth;
        this.windows = new Windows(events, truth);
        this.sheltered = sheltered;
    }

    /** What is wrong first. */
    public Optional<String> check() {
        Optional<String> wrong = new Commits(truth).check();
        for (Event event : events) {
            wrong = wrong.or(() -> check(event).map(what -> what + ": " + event));
        }
        return wrong;
    }

    private Optional<String> check(Event event) {
        return failure(event)
                .or(() -> event.seen.stream()
                        .map(seen -> seen(event, seen))
                        .flatMap(Optional::stream)
                        .findFirst())
                .or(() -> listed(event))
                .or(() -> stat(event))
                .or(() -> absent(event))
                .or(() -> stored(event))
                .or(() -> kept(event))
                .or(() -> fenced(event));
    }

    // ---- what was seen -------------------------------------------------------------------------

    private Optional<String> seen(Event event, Seen seen) {
        long file = seen.stat().file().value();
        long version = seen.stat().dataVersion();
        // A file made by this open is not committed yet, or was a moment ago.
        if (event.step.kind() != Kind.CREATE) {
            if (!leadsTo(event.step.path(), file, seen.begun(), seen.ended())) {
                return wrong("the path did not lead to the file that was opened");
            }
            if (!windows.states(seen.begun(), seen.ended(), Fact.node(file)).stream()
                    .flatMap(Optional::stream)
                    .anyMatch(node -> node.getDataVersion() == version)) {
                return wrong("an open saw a version that was not current");
            }
        }
        if (version > 0
                && truth.contents(file, version)
                        .filter(known -> Bytes.are(known, seen.text().bytes()))
                        .isEmpty()
                && seen.text().bytes().length > 0) {
            return wrong("an open gave other bytes than those of its version");
        }
        return Optional.empty();
    }

    private boolean leadsTo(String path, long file, long begun, long ended) {
        return windows.leads(path, begun, ended, found -> found == file);
    }

    private Optional<String> listed(Event event) {
        SortedMap<String, Long> listed = event.listed;
        if (listed == null || !event.done()) {
            return Optional.empty();
        }
        boolean right = windows.leads(
                event.step.path(),
                event.begun,
                event.ended,
                folder -> windows.states(event.begun, event.ended, Fact.entries(folder))
                        .contains(Optional.of(listed)));
        return right ? Optional.empty() : wrong("a list of a directory that never was so");
    }

    private Optional<String> stat(Event event) {
        if (event.step.kind() != Kind.STAT || !event.done() || event.stat == null) {
            return Optional.empty();
        }
        long file = event.stat.file().value();
        if (!leadsTo(event.step.path(), file, event.begun, event.ended)) {
            return wrong("the path did not lead to the vnode that was shown");
        }
        boolean right = windows.states(event.begun, event.ended, Fact.node(file)).stream()
                .flatMap(Optional::stream)
                .anyMatch(node -> isShown(node, event.stat));
        return right ? Optional.empty() : wrong("attributes that were not current");
    }

    private static boolean isShown(Attributes node, Stat stat) {
        return (stat.isDirectory() || node.getChangeNumber() == stat.changeNumber())
                && node.getMode() == stat.mode()
                && node.getDataVersion() == stat.dataVersion();
    }

    private Optional<String> absent(Event event) {
        String path = event.step.path();
        if (event.failure == FailureCode.NOT_FOUND && event.step.kind().needsThePath()) {
            return windows.leads(path, event.begun, event.ended, found -> found == 0)
                    ? Optional.empty()
                    : wrong("not found, but it was there all the time");
        }
        if (event.failure == FailureCode.ALREADY_EXISTS && event.step.other().isEmpty()) {
            return windows.leads(path, event.begun, event.ended, found -> found != 0)
                    ? Optional.empty()
                    : wrong("said to exist, but it never did");
        }
        return Optional.empty();
    }

    // ---- what was stored -----------------------------------------------------------------------

    private Optional<String> stored(Event event) {
        if (event.written == null || event.outcome == Outcome.NONE) {
            return Optional.empty();
        }
        boolean there = isStored(event);
        if (event.done() && !there) {
            return wrong("a store was answered that the log does not hold");
        }
        boolean surelyNot = event.failure != null
                && event.failure.retry() != FailureCode.Retry.LOOK_FIRST
                && event.failure != FailureCode.CANCELLED;
        return there && surelyNot ? wrong("a store failed that the log holds") : Optional.empty();
    }

    private boolean isStored(Event event) {
        Text written = event.written;
        return written != null
                && event.requests.stream()
                        .flatMap(request -> truth.done(request).stream())
                        .anyMatch(done -> Bytes.storedBy(done.command(), written.bytes()));
    }

    private Optional<String> kept(Event event) {
        boolean lost = event.written != null && !event.done() && Boolean.FALSE.equals(event.kept);
        return lost && !isStored(event)
                ? wrong("what could not be stored is not kept for recovery")
                : Optional.empty();
    }

    /** A base was read under the lock: no store under an older one comes after it (rule 4). */
    private Optional<String> fenced(Event event) {
        FencingToken token = event.token;
        if (token == null || event.seen.isEmpty()) {
            return Optional.empty();
        }
        Seen seen = event.seen.getFirst();
        boolean older = truth.replacedUnderOlder(
                seen.stat().file().value(), seen.stat().dataVersion(), token);
        return older ? wrong("a base was replaced under an older lock") : Optional.empty();
    }

    private Optional<String> failure(Event event) {
        if (sheltered.contains(event.client) && event.longestAnswer() > WAIT_NANOS_MAX) {
            return wrong("a change waited longer than for a lease");
        }
        if (event.failure == null || excused.contains(event.failure)) {
            return Optional.empty();
        }
        return NEVER.contains(event.failure)
                        || (sheltered.contains(event.client)
                                && NEVER_WHEN_CALM.contains(event.failure))
                ? wrong("a step failed as none should")
                : Optional.empty();
    }

    /** Whether a failure tells of servers that are not there. */
    public static boolean isTrouble(FailureCode code) {
        return NEVER.contains(code)
                || NEVER_WHEN_CALM.contains(code)
                || code == FailureCode.LOCK_HELD;
    }

    private static Optional<String> wrong(String what) {
        return Optional.of(what);
    }
}
