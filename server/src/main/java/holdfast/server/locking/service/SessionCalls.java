package holdfast.server.locking.service;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.lock.FencingToken;
import holdfast.server.locking.Ask;
import holdfast.server.locking.Held;
import holdfast.server.locking.LockTable;
import holdfast.server.locking.LockingState;
import holdfast.wire.log.AddSession;
import holdfast.wire.log.LockingCommand;
import holdfast.wire.proto.Claim;
import holdfast.wire.proto.ClaimReply;
import holdfast.wire.proto.CloseSession;
import holdfast.wire.proto.HeldLock;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.OpenSession;
import holdfast.wire.proto.OpenSessionReply;
import holdfast.wire.proto.SessionHeartbeat;
import holdfast.wire.proto.SessionHeartbeatReply;
import holdfast.wire.proto.Token;
import holdfast.wire.transport.Service.Call;
import holdfast.wire.transport.Service.Reply;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The calls that begin, keep, move over and end sessions. */
final class SessionCalls {
    private record Named(long file, FencingToken token) {}

    private final LockingService service;
    private final LockingState state;
    private final Tokens tokens;

    SessionCalls(LockingService service, LockingState state, Tokens tokens) {
        this.service = service;
        this.state = state;
        this.tokens = tokens;
    }

    Reply<OpenSessionReply> open(Call<OpenSession> call) {
        service.turn(call.deadline());
        long session = service.commit(
                        LockingCommand.newBuilder()
                                .setAddSession(AddSession.newBuilder()
                                        .setCaller(call.header().getCaller())),
                        call.deadline())
                .getSession();
        Turn turn = service.turn(call.deadline());
        turn.added(session);
        return Reply.of(OpenSessionReply.newBuilder()
                .setSession(session)
                .setEpoch(turn.with(LockTable::epoch))
                .setSessionMillis((int) service.settings().sessionTime().toMillis())
                .build());
    }

    Reply<SessionHeartbeatReply> heartbeat(Call<SessionHeartbeat> call) {
        SessionHeartbeat told = call.request();
        Turn turn = service.turn(call.deadline());
        try {
            return Reply.of(turn.withSession(told.getSession(), live -> {
                live.seen(service.ticker().nanos());
                return turn.with(table -> judge(turn, table, live, told));
            }));
        } catch (FailureException e) {
            if (e.code() != FailureCode.SESSION_ENDED) {
                throw e;
            }
            return Reply.of(SessionHeartbeatReply.newBuilder()
                    .setEpoch(turn.with(LockTable::epoch))
                    .setEnded(true)
                    .build());
        }
    }

    /** Rule 4e. Before its session has claimed, there is nothing to judge. */
    private SessionHeartbeatReply judge(
            Turn turn, LockTable table, Live live, SessionHeartbeat told) {
        SessionHeartbeatReply.Builder reply =
                SessionHeartbeatReply.newBuilder().setEpoch(table.epoch());
        if (!live.claimed()) {
            return reply.build();
        }
        Set<Named> named = new HashSet<>();
        for (HeldLock held : told.getHeldList()) {
            named.add(new Named(held.getFile(), Tokens.order(held.getEpoch(), held.getNumber())));
        }
        Set<Long> awaited = new HashSet<>(told.getAwaitedList());
        turn.tell(table.keepOnly(
                told.getSession(),
                held -> isNamed(held, named) || isAwaited(held.ask(), awaited, told)));
        for (Ask ask : table.awaitedBy(told.getSession())) {
            if (!isAwaited(ask, awaited, told)) {
                turn.tell(table.cancel(ask.key()));
            }
        }
        table.heldBy(told.getSession()).forEach(held -> {
            named.remove(new Named(held.ask().file(), held.token()));
            named.remove(new Named(held.ask().file(), held.ask().key().claimed()));
        });
        named.stream().map(Named::file).distinct().forEach(reply::addLost);
        return reply.build();
    }

    private static boolean isNamed(Held held, Set<Named> named) {
        long file = held.ask().file();
        return named.contains(new Named(file, held.token()))
                || named.contains(new Named(file, held.ask().key().claimed()));
    }

    /** Awaited, or asked for after the heartbeat was written, which it overtook. */
    private static boolean isAwaited(Ask ask, Set<Long> awaited, SessionHeartbeat told) {
        long request = ask.key().request();
        return awaited.contains(request)
                || Long.compareUnsigned(request, told.getNewestRequest()) > 0;
    }

    Reply<Nothing> close(Call<CloseSession> call) {
        long session = call.request().getSession();
        Turn turn = service.turn(call.deadline());
        if (turn.closing(session) || state.sessions().isLive(session)) {
            service.endSessions(turn, List.of(session), call.deadline());
        }
        return Reply.of(Nothing.getDefaultInstance());
    }

    Reply<ClaimReply> claim(Call<Claim> call) {
        Claim claim = call.request();
        Turn turn = service.turn(call.deadline());
        for (Token token : claim.getTokensList()) {
            if (token.getSession() != claim.getSession() || !tokens.genuine(token)) {
                throw FailureException.of(
                        FailureCode.INVALID, "a claimed token was not granted to this session");
            }
        }
        ClaimReply reply = turn.withSession(claim.getSession(), live -> {
            live.seen(service.ticker().nanos());
            return turn.with(table -> claimAll(turn, table, live, claim));
        });
        service.confirm(turn, call.deadline());
        return Reply.of(reply);
    }

    private ClaimReply claimAll(Turn turn, LockTable table, Live live, Claim claim) {
        ClaimReply.Builder reply = ClaimReply.newBuilder().setEpoch(table.epoch());
        for (int i = 0; i < claim.getTokensCount(); i++) {
            Token token = claim.getTokens(i);
            String path = i < claim.getPathsCount() ? claim.getPaths(i) : "";
            claimOne(table, token, path)
                    .ifPresentOrElse(
                            held -> reply.addGrants(tokens.grant(held)),
                            () -> reply.addRefused(token.getFile()));
        }
        live.claim();
        turn.openIfAllClaimed();
        return reply.build();
    }

    private Optional<Held> claimOne(LockTable table, Token token, String path) {
        FencingToken order = Tokens.order(token);
        if (order.epoch() >= table.epoch()) {
            return table.find(token.getSession(), token.getFile(), order);
        }
        return table.claim(new Ask(
                new Ask.Key(token.getSession(), 0, order),
                token.getFile(),
                Tokens.mode(token.getMode()),
                path,
                service.ticker().nanos()));
    }
}
