package holdfast.app.cell;

import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.security.Administrators;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a server gets from its machine.
 *
 * @param clock the wall clock
 * @param ticker measures leases and deadlines
 * @param release of this software
 * @param user who runs it
 * @param administrators of the cell, which only a directory server asks for
 */
public record Surroundings(
        Clock clock, Ticker ticker, String release, String user, Administrators administrators) {
    private static final Duration START_MAX = Duration.ofSeconds(60);

    /** This machine's clocks; whoever runs this process, and root, are administrators. */
    public static Surroundings ofThisMachine(String release) {
        String user = System.getProperty("user.name", "nobody");
        return new Surroundings(
                Clock.systemUTC(),
                BootTicker.system(),
                release,
                user,
                Administrators.of(List.of(user)));
    }

    /** The same with more administrators; MISCONFIGURED as {@link Administrators#of} says. */
    public Surroundings withAdministrators(Collection<String> more) {
        List<String> all = Stream.concat(administrators.users().stream(), more.stream())
                .distinct()
                .toList();
        return new Surroundings(clock, ticker, release, user, Administrators.of(all));
    }

    /** By when a server must have started. */
    Deadline startDeadline() {
        return Deadline.in(START_MAX, ticker);
    }
}
