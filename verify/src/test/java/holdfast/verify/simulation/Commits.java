package holdfast.verify.simulation;

import holdfast.model.lock.FencingToken;
import holdfast.verify.simulation.Truth.Done;
import holdfast.verify.simulation.Truth.Fact;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Token;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Checks what the log has accepted, without the state machine: tokens of a file only grow, none is
 * of an epoch before the group's, each version is a change of the one before it, and no request is
 * carried out twice.
 */
final class Commits {
    private final Truth truth;
    private final Map<Long, FencingToken> fences = new HashMap<>();
    private final Map<Long, Long> versions = new HashMap<>();
    private final Set<Event.Request> seen = new HashSet<>();
    private long epoch;

    Commits(Truth truth) {
        this.truth = truth;
    }

    Optional<String> check() {
        Optional<String> wrong = Optional.empty();
        for (Done done : truth.all()) {
            wrong = wrong.or(() -> once(done)).or(() -> check(done));
        }
        return wrong;
    }

    private Optional<String> once(Done done) {
        VolumeCommand command = done.command();
        boolean again = command.getRequest() != 0
                && !seen.add(new Event.Request(command.getClient(), command.getRequest()));
        return again ? wrong("a request was carried out twice", done) : Optional.empty();
    }

    private Optional<String> check(Done done) {
        VolumeCommand command = done.command();
        switch (command.getChangeCase()) {
            case RAISE_EPOCH -> epoch = Math.max(epoch, command.getRaiseEpoch().getEpoch());
            case RAISE_FENCE -> {
                // A vnode that is gone has no fence.
                Token token = command.getRaiseFence().getToken();
                boolean there =
                        truth.after(done.index(), Fact.node(token.getFile())).isPresent();
                return there ? token(token, done) : Optional.empty();
            }
            case STORE -> {
                return store(command.getStore(), done);
            }
            case CREATE ->
                versions.put(
                        command.getCreate().getFile(),
                        done.outcome().getChanged().getFile().getDataVersion());
            default -> {}
        }
        return Optional.empty();
    }

    private Optional<String> store(Store store, Done done) {
        Long before = versions.get(store.getFile());
        long after = done.outcome().getChanged().getFile().getDataVersion();
        versions.put(store.getFile(), after);
        if (before == null || store.getBaseVersion() != before || after != before + 1) {
            return wrong("a version's base is not the version before it (" + before + ")", done);
        }
        return token(store.getToken(), done);
    }

    private Optional<String> token(Token token, Done done) {
        FencingToken now = new FencingToken(token.getEpoch(), token.getNumber());
        FencingToken before = fences.put(token.getFile(), now);
        if (before != null && before.compareTo(now) > 0) {
            return wrong("a token below the file's fence was accepted", done);
        }
        boolean old = token.getEpoch() < epoch;
        epoch = Math.max(epoch, token.getEpoch());
        return old ? wrong("a token of an old epoch was accepted", done) : Optional.empty();
    }

    private static Optional<String> wrong(String what, Done done) {
        return Optional.of(what + ": entry " + done.index() + " " + done.command());
    }
}
