package holdfast.server.directory.service;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;

import holdfast.model.failure.FailureException;
import holdfast.model.lock.TokenSeal;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.directory.CellView;
import holdfast.server.directory.DirectoryState;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.security.Administrators;
import holdfast.server.security.Callers;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.log.DirectoryCommand;
import holdfast.wire.log.DirectoryOutcome;
import holdfast.wire.log.FoundCell;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Time;
import holdfast.wire.transport.FailureCodec;
import holdfast.wire.transport.Service;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The directory service of one member. While it leads it answers, else NOT_LEADER. Its first leader
 * founds the cell: gives it a random id and the key that seals fencing tokens.
 */
public final class DirectoryService {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryService.class);
    private static final Duration FOUNDING_TIME = Duration.ofSeconds(30);

    /** The term's place in the map's version; changes of one turn count below it. */
    private static final int TERM_SHIFT = 32;

    private final ReplicatedLog log;
    private final DirectoryState state;
    private final Supplier<List<String>> members;
    private final Clock clock;
    private final Ticker ticker;
    private final Pulse pulse;
    private final Administrators administrators;
    private final SecureRandom random = new SecureRandom();

    /**
     * The service over {@code log}, whose state machine is {@code state}.
     *
     * @param members where the members of {@code log} are; all servers and clients are told
     * @param administrators of the cell; all servers are told
     */
    public DirectoryService(
            ReplicatedLog log,
            DirectoryState state,
            Supplier<List<String>> members,
            Clock clock,
            Ticker ticker,
            Administrators administrators) {
        this(log, state, members, clock, ticker, new Pulse(ticker), administrators);
    }

    DirectoryService(
            ReplicatedLog log,
            DirectoryState state,
            Supplier<List<String>> members,
            Clock clock,
            Ticker ticker,
            Pulse pulse,
            Administrators administrators) {
        this.log = log;
        this.state = state;
        this.members = members;
        this.clock = clock;
        this.ticker = ticker;
        this.pulse = pulse;
        this.administrators = administrators;
    }

    /** Founds the cell when this member comes to lead and nobody did; each call makes sure too. */
    public DirectoryService start() {
        log.onLeadership(new ReplicatedLog.Leadership() {
            @Override
            public void gained(long term) {
                Thread.ofVirtual().name("directory-founding").start(() -> foundEarly());
            }

            @Override
            public void lost() {
                LOG.debug("the directory is led by another member now");
            }
        });
        return this;
    }

    /** What a server answers as the directory service. */
    public Service service() {
        ServerCalls servers = new ServerCalls(this, state, pulse);
        VolumeCalls volumes = new VolumeCalls(this, state, pulse);
        return Service.of(Role.DIRECTORY, log::leadingTerm)
                .on(DirectoryMethods.REGISTER_SERVER, Callers.known(servers::register))
                .on(DirectoryMethods.SERVER_HEARTBEAT, Callers.known(servers::heartbeat))
                .on(DirectoryMethods.FORGET_SERVER, only("forget servers", servers::forget))
                .on(DirectoryMethods.GET_MAP, Callers.known(volumes::map))
                .on(DirectoryMethods.CREATE_VOLUME, only("make volumes", volumes::create))
                .on(DirectoryMethods.MOVE_MOUNT, only("move volumes", volumes::move))
                .on(DirectoryMethods.REMOVE_VOLUME, only("remove volumes", volumes::remove))
                .build();
    }

    private <Q extends Message, A extends Message> Service.Handler<Q, A> only(
            String what, Service.Handler<Q, A> handler) {
        return Administrators.only(() -> administrators, what, handler);
    }

    /** Where the members of the directory service are. */
    List<String> members() {
        return members.get();
    }

    List<String> administrators() {
        return administrators.users();
    }

    /** The term in which this member leads, confirmed now, with a cell that is founded. */
    long lead(Deadline deadline) {
        long term = log.confirmLeadership(deadline);
        found(deadline);
        return term;
    }

    /** Grows with every change of the map, also of who is up, and from leader to leader. */
    long mapVersion(long term, CellView view) {
        long changes = pulse.changes(term, view.servers().keySet());
        return (term << TERM_SHIFT) + view.version() + changes;
    }

    DirectoryOutcome commit(DirectoryCommand.Builder command, Deadline deadline) {
        Instant now = clock.instant();
        command.setTime(Time.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()));
        try {
            DirectoryOutcome outcome = DirectoryOutcome.parseFrom(
                    log.propose(command.build().toByteString(), deadline));
            if (outcome.hasFailure()) {
                throw new FailureException(FailureCodec.decode(outcome.getFailure()));
            }
            return outcome;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("the directory answered what can't be read", e);
        }
    }

    private void found(Deadline deadline) {
        if (!state.view().founded()) {
            byte[] key = new byte[TokenSeal.KEY_BYTES];
            random.nextBytes(key);
            FoundCell founding = FoundCell.newBuilder()
                    .setCell(UUID.randomUUID().toString())
                    .setKey(ByteString.copyFrom(key))
                    .build();
            commit(DirectoryCommand.newBuilder().setFoundCell(founding), deadline);
            LOG.info("cell {} is founded", state.view().cell());
        }
    }

    private void foundEarly() {
        try {
            found(Deadline.in(FOUNDING_TIME, ticker));
        } catch (FailureException e) {
            LOG.info("the cell could not be founded yet: {}", e.getMessage());
        }
    }
}
