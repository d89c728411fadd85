package holdfast.server.locking.service;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.model.time.Deadline;
import holdfast.server.locking.Ask;
import holdfast.server.locking.Held;
import holdfast.server.locking.LockTable;
import holdfast.server.locking.LockingState;
import holdfast.wire.log.SessionRecord;
import holdfast.wire.proto.Acquire;
import holdfast.wire.proto.BreakLock;
import holdfast.wire.proto.BreakLockReply;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.CancelAcquire;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.ListLocks;
import holdfast.wire.proto.LockHolder;
import holdfast.wire.proto.LockInfo;
import holdfast.wire.proto.LockList;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.LockingStatus;
import holdfast.wire.proto.LockingStatusReply;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.Release;
import holdfast.wire.proto.ReportRaised;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Service.Call;
import holdfast.wire.transport.Service.Reply;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The calls that take, give back, show and break locks. */
final class LockCalls {
    private static final Logger LOG = LoggerFactory.getLogger(LockCalls.class);
    private static final int LISTED_MAX = 1_000;
    private static final int PATH_CHARS_MAX = 4_096;
    private static final int SHOWN_CHARS_MAX = 1_024;
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private final LockingService service;
    private final LockingState state;
    private final Tokens tokens;

    LockCalls(LockingService service, LockingState state, Tokens tokens) {
        this.service = service;
        this.state = state;
        this.tokens = tokens;
    }

    Reply<Grant> acquire(Call<Acquire> call) {
        Acquire asked = call.request();
        Ask ask = ask(asked);
        tokens.seal();
        Turn turn = service.turn(call.deadline());
        long waitMillis = Integer.toUnsignedLong(asked.getWaitMillis());
        Deadline end = Deadline.in(Duration.ofMillis(waitMillis), service.ticker());
        Held held = turn.acquire(ask, end, call.deadline(), this::holder);
        service.confirm(turn, call.deadline().atMost(service.settings().commitTime()));
        return Reply.of(tokens.grant(held));
    }

    private Ask ask(Acquire asked) {
        if (!FileId.valid(asked.getFile())
                || asked.getRequest() == 0
                || asked.getPath().length() > PATH_CHARS_MAX) {
            throw FailureException.of(FailureCode.INVALID, "not a well-formed wish for a lock");
        }
        return new Ask(
                new Ask.Key(asked.getSession(), asked.getRequest()),
                asked.getFile(),
                Tokens.mode(asked.getMode()),
                asked.getPath(),
                service.ticker().nanos());
    }

    Reply<Nothing> cancel(Call<CancelAcquire> call) {
        CancelAcquire asked = call.request();
        Turn turn = service.turn(call.deadline());
        return turn.withSession(asked.getSession(), live -> {
            live.cancel(asked.getRequest());
            Ask.Key key = new Ask.Key(asked.getSession(), asked.getRequest());
            turn.wake(key);
            return turn.with(table -> told(turn, table.cancel(key)));
        });
    }

    Reply<Nothing> release(Call<Release> call) {
        Token token = call.request().getToken();
        long session = call.request().getSession();
        FencingToken order = Tokens.order(token);
        Turn turn = service.turn(call.deadline());
        return turn.with(table -> {
            if (call.request().getUnsettled()) {
                table.unsettled(session, token.getFile(), order);
            }
            List<Held> granted = new ArrayList<>();
            granted.addAll(table.release(session, token.getFile(), order));
            granted.addAll(table.cancel(new Ask.Key(session, 0, order)));
            return told(turn, granted);
        });
    }

    /** As a part of {@link Turn#with}. */
    private static Reply<Nothing> told(Turn turn, List<Held> granted) {
        turn.tell(granted);
        return Reply.of(Nothing.getDefaultInstance());
    }

    Reply<Nothing> raised(Call<ReportRaised> call) {
        Token token = call.request().getToken();
        FencingToken order = Tokens.order(token);
        Turn turn = service.turn(call.deadline());
        turn.with(table -> table.raised(call.request().getSession(), token.getFile(), order));
        return Reply.of(Nothing.getDefaultInstance());
    }

    Reply<LockList> list(Call<ListLocks> call) {
        int asked = call.request().getLimit();
        int limit = asked <= 0 ? LISTED_MAX : Math.min(asked, LISTED_MAX);
        List<LockTable.Line> lines = service.turn(call.deadline()).with(table -> {
            requireClaimed(table);
            return table.list(call.request().getAfterFile(), limit + 1);
        });
        LockList.Builder reply = LockList.newBuilder().setMore(lines.size() > limit);
        lines.stream().limit(limit).map(this::info).forEach(reply::addLocks);
        return Reply.of(reply.build());
    }

    Reply<BreakLockReply> breakLock(Call<BreakLock> call) {
        BreakLock asked = call.request();
        Turn turn = service.turn(call.deadline());
        List<Held> broken = turn.with(table -> {
            requireClaimed(table);
            List<Held> granted = new ArrayList<>();
            List<Held> taken = table.breakLock(asked.getFile(), granted);
            turn.tell(granted);
            return taken;
        });
        Caller by = call.header().getCaller();
        for (Held held : broken) {
            LOG.warn(
                    "{} of {} broke the lock of {} on {} (file {}): {}",
                    shown(by.getUser()),
                    shown(by.getHost()),
                    shown(holder(held.ask()).toString()),
                    shown(held.ask().path()),
                    Long.toHexString(asked.getFile()),
                    shown(asked.getReason()));
        }
        return Reply.of(BreakLockReply.newBuilder().setFreed(broken.size()).build());
    }

    /** One line, of what a client sent. */
    private static String shown(String sent) {
        String line = CONTROL.matcher(sent).replaceAll("?");
        return line.length() <= SHOWN_CHARS_MAX ? line : line.substring(0, SHOWN_CHARS_MAX) + "…";
    }

    /** Before, locks may be held that this leader has not heard of yet. */
    private static void requireClaimed(LockTable table) {
        if (!table.isOpen()) {
            throw Turn.takingOver();
        }
    }

    Reply<LockingStatusReply> status(Call<LockingStatus> call) {
        return service.turn(call.deadline())
                .with(table -> Reply.of(LockingStatusReply.newBuilder()
                        .setEpoch(table.epoch())
                        .setSessions(state.sessions().live().size())
                        .setLocks(table.holders())
                        .setWaiters(table.waiters())
                        .setTakingOver(!table.isOpen())
                        .build()));
    }

    private LockInfo info(LockTable.Line line) {
        LockInfo.Builder info = LockInfo.newBuilder().setFile(line.file());
        Optional<Held> newest = line.holders().stream().max(Comparator.comparing(Held::token));
        newest.ifPresent(held -> info.setPath(held.ask().path())
                .setMode(Tokens.wire(held.ask().mode()))
                .setEpoch(held.token().epoch())
                .setNumber(held.token().number()));
        if (newest.isEmpty()) {
            info.setPath(line.waiters().getFirst().path()).setMode(LockMode.LOCK_MODE_NONE);
        }
        line.holders().stream()
                .limit(LISTED_MAX)
                .forEach(held -> info.addHolders(wire(held.ask(), held.sinceNanos())));
        line.waiters().stream()
                .limit(LISTED_MAX)
                .forEach(ask -> info.addWaiters(wire(ask, ask.sinceNanos())));
        return info.build();
    }

    private LockHolder wire(Ask ask, long since) {
        Failure.Holder who = person(ask, since);
        return LockHolder.newBuilder()
                .setUser(who.user())
                .setHost(who.host())
                .setProcess(who.process())
                .setAgeMillis(who.ageMillis())
                .build();
    }

    /** Who keeps a lock, for the failure of one who does not get it. */
    private Failure.Holder holder(Ask ask) {
        return person(ask, ask.sinceNanos());
    }

    private Failure.Holder person(Ask ask, long since) {
        SessionRecord session = state.sessions()
                .live()
                .getOrDefault(ask.session(), SessionRecord.getDefaultInstance());
        Caller caller = session.getCaller();
        long age = TimeUnit.NANOSECONDS.toMillis(service.ticker().nanos() - since);
        return new Failure.Holder(
                caller.getUser(), caller.getHost(), caller.getProcess(), Math.max(0, age));
    }
}
