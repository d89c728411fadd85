package holdfast.client.files;

import holdfast.client.files.Flights.Flight;
import holdfast.client.files.VnodeCache.ToCheck;
import holdfast.client.session.Environment;
import holdfast.model.failure.FailureException;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Known;
import holdfast.wire.proto.Validate;
import holdfast.wire.proto.ValidateReply;
import holdfast.wire.proto.Validity;
import holdfast.wire.transport.Transport.Answered;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;

/**
 * After a new lease began, asks whether what is known is still so: what programs open is asked for
 * as they open it, the rest here, in pages and with pauses, so that a group's new leader is not
 * overrun by all its clients at once (rule 3).
 */
final class BulkCheck {
    private static final Logger LOG = LoggerFactory.getLogger(BulkCheck.class);
    private static final int PAGE = 4_096;
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Environment environment;
    private final ReplicaGroup group;

    BulkCheck(Environment environment, ReplicaGroup group) {
        this.environment = environment;
        this.group = group;
    }

    /** Begins for {@code generation}; ends with that lease. */
    void begin(long generation) {
        if (group.vnodes().size() > 0) {
            environment.start("holdfast-check", () -> run(generation));
        }
    }

    private void run(long generation) {
        Iterator<CachedVnode> rest = group.vnodes().all();
        try {
            List<ToCheck> page = group.vnodes().toCheck(rest, generation, PAGE);
            while (!page.isEmpty() && group.vnodes().holds(generation)) {
                check(page);
                environment.pause(PAUSE);
                page = group.vnodes().toCheck(rest, generation, PAGE);
            }
        } catch (FailureException e) {
            LOG.debug("what was cached is asked for when it is opened: {}", e.getMessage());
        }
    }

    private void check(List<ToCheck> page) {
        Validate.Builder request = Validate.newBuilder().setPromises(true);
        for (ToCheck each : page) {
            request.addKnown(Known.newBuilder()
                    .setFile(each.vnode().file().value())
                    .setChangeNumber(each.state().number())
                    .setEntries(each.entries()));
        }
        group.ask(
                FileMethods.VALIDATE,
                request.build(),
                environment.in(LIMIT),
                (flight, answer) -> take(flight, answer, page));
    }

    private int take(Flight flight, Answered<ValidateReply> answer, List<ToCheck> page) {
        List<Validity> items = answer.message().getItemsList();
        int current = 0;
        for (int i = 0; i < Math.min(items.size(), page.size()); i++) {
            Validity item = items.get(i);
            if (item.getCurrent()) {
                boolean promised = item.getPromised();
                boolean entries = item.getEntriesPromised();
                group.vnodes().checked(flight, answer.term(), page.get(i), promised, entries);
                current++;
            }
        }
        LOG.debug("{} of {} vnodes are unchanged", current, page.size());
        return current;
    }
}
