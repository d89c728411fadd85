package holdfast.app.doctor;

import holdfast.app.config.ServersFile;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.CellMap;
import holdfast.wire.proto.GetMap;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.TcpTransport.Greeting;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whether the servers of a servers file, and those that they know, answer as what they should. */
final class ServerChecks {
    /** Beyond this a clock confuses people, times of files, and the order of epochs. */
    private static final Duration CLOCK_APART_MAX = Duration.ofSeconds(2);

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final TcpTransport transport;
    private final Clock clock;
    private final Ticker ticker;
    private final String release;
    private final List<Finding> findings = new ArrayList<>();

    ServerChecks(TcpTransport transport, Clock clock, Ticker ticker, String release) {
        this.transport = transport;
        this.clock = clock;
        this.ticker = ticker;
        this.release = release;
    }

    List<Finding> of(ServersFile file) {
        Optional<CellMap> map = Optional.empty();
        for (Address address : file.directoryServers()) {
            String mend = "start it: 'holdfast serve', or 'holdfast directory-server --port "
                    + address.port() + "'; or " + file.mend();
            if (answers(Role.DIRECTORY, address, mend)) {
                map = map.or(() -> map(address));
            }
        }
        for (Address address : file.lockingServers()) {
            String mend = "start it: 'holdfast locking-server --port " + address.port() + "'; or "
                    + file.mend();
            boolean _ = answers(Role.LOCKING, address, mend);
        }
        map.ifPresent(seen -> registered(seen, file));
        return List.copyOf(findings);
    }

    private Optional<CellMap> map(Address directory) {
        try {
            return Optional.of(transport
                    .call(
                            directory,
                            DirectoryMethods.GET_MAP,
                            header(),
                            GetMap.getDefaultInstance(),
                            deadline())
                    .message());
        } catch (FailureException e) {
            findings.add(Finding.bad(
                    "cell", e.failure().toString(), "look at the directory server's log"));
            return Optional.empty();
        }
    }

    private static RequestHeader header() {
        String user = System.getProperty("user.name", "nobody");
        return RequestHeader.newBuilder()
                .setCaller(Caller.newBuilder().setUser(user))
                .build();
    }

    private void registered(CellMap map, ServersFile file) {
        for (Server server : map.getServersList()) {
            Address address = Address.parse(server.getAddress());
            boolean seen =
                    server.getRole() == Role.LOCKING && file.lockingServers().contains(address);
            if (!seen) {
                boolean _ = answers(
                        server.getRole(),
                        address,
                        "start it again on its data; or, when it is gone for good: 'holdfast"
                                + " servers forget " + server.getServer() + "'");
            }
        }
        requireOne(map, Role.LOCKING, "'holdfast locking-server' registers with the directory");
        requireOne(map, Role.FILES, "'holdfast file-server --config FILE' registers its folders");
        if (map.getVolumesCount() == 0) {
            findings.add(Finding.weak(
                    "volumes",
                    "no directory is served yet",
                    "name some in a file server's configuration, or 'holdfast volumes create'"));
        } else {
            findings.add(Finding.good("volumes", map.getVolumesCount() + " served"));
        }
    }

    private void requireOne(CellMap map, Role role, String mend) {
        if (map.getServersList().stream().noneMatch(server -> server.getRole() == role)) {
            findings.add(Finding.bad(name(role), "none is registered", mend));
        }
    }

    private boolean answers(Role role, Address address, String mend) {
        String subject = name(role) + " " + address;
        long begin = ticker.nanos();
        Greeting greeting;
        try {
            greeting = transport.greet(address, deadline());
        } catch (FailureException e) {
            findings.add(Finding.bad(
                    subject,
                    e.failure().message(),
                    e.code() == FailureCode.WRONG_VERSION
                            ? "use the same release of Holdfast everywhere"
                            : mend));
            return false;
        }
        if (greeting.role() != role) {
            findings.add(
                    Finding.bad(subject, "a " + name(greeting.role()) + " answers there", mend));
            return false;
        }
        add(subject, greeting, Duration.ofNanos(ticker.nanos() - begin));
        return true;
    }

    private void add(String subject, Greeting greeting, Duration took) {
        Duration apart = Duration.between(clock.instant(), greeting.now()).abs();
        if (apart.compareTo(CLOCK_APART_MAX) > 0) {
            findings.add(Finding.weak(
                    subject,
                    "answers, but its clock differs from this machine's by %.1f s"
                            .formatted(apart.toMillis() / 1e3),
                    "keep both on time, by NTP for example"));
        } else if (!greeting.release().equals(release)) {
            findings.add(Finding.weak(
                    subject,
                    "answers; it is release " + greeting.release() + ", this is " + release,
                    "use the same release everywhere"));
        } else {
            findings.add(Finding.good(
                    subject,
                    String.format(Locale.ROOT, "answers in %.1f ms", took.toNanos() / 1e6)));
        }
    }

    private Deadline deadline() {
        return Deadline.in(PATIENCE, ticker);
    }

    private static String name(Role role) {
        return switch (role) {
            case DIRECTORY -> "directory server";
            case LOCKING -> "locking server";
            case FILES -> "file server";
            case ROLE_NONE, UNRECOGNIZED -> "server";
        };
    }
}
