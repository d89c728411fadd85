package holdfast.server.files;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.lock.FencingToken;
import holdfast.model.lock.Mode;
import holdfast.model.lock.TokenSeal;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.Token;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Fencing tokens that clients show (rule 4a). A seal that does not fit is refused here, where the
 * cell's key is; age is judged again by the commit itself.
 */
final class Tokens {
    private final Supplier<Optional<TokenSeal>> seal;
    private final VolumeReader reader;

    Tokens(Supplier<Optional<TokenSeal>> seal, VolumeReader reader) {
        this.seal = seal;
        this.reader = reader;
    }

    /** FENCED unless the cell's locking service granted this for {@code file}. */
    void requireGranted(Token token, long file) {
        TokenSeal key = seal.get()
                .orElseThrow(() -> FailureException.of(
                        FailureCode.UNAVAILABLE,
                        "the file server is starting: it has not reached its directory server"));
        boolean granted = token.getFile() == file
                && token.getSession() != 0
                && mode(token).isPresent()
                && token.getEpoch() > 0
                && token.getNumber() >= 0
                && key.matches(
                        token.getSeal().toByteArray(),
                        file,
                        token.getSession(),
                        mode(token).orElseThrow(),
                        new FencingToken(token.getEpoch(), token.getNumber()));
        if (!granted) {
            throw fenced("it shows no lock that was granted for this file");
        }
    }

    private static Optional<Mode> mode(Token token) {
        return switch (token.getMode()) {
            case SHARED -> Optional.of(Mode.SHARED);
            case EXCLUSIVE -> Optional.of(Mode.EXCLUSIVE);
            case LOCK_MODE_NONE, UNRECOGNIZED -> Optional.empty();
        };
    }

    /** FENCED unless a store under this token would be taken as things stand. */
    void requireCurrent(Token token, long file) {
        requireGranted(token, file);
        if (token.getMode() != LockMode.EXCLUSIVE) {
            throw fenced("it needs an exclusive lock");
        }
        FencingToken shown = new FencingToken(token.getEpoch(), token.getNumber());
        if (token.getEpoch() < reader.epoch()) {
            throw fenced("lock " + shown + " is of an epoch that is over");
        }
        FencingToken fence = reader.fence(file);
        if (shown.olderThan(fence)) {
            throw fenced("lock " + shown + " is older than the file's fence " + fence);
        }
    }

    private FailureException fenced(String why) {
        return Failure.of(FailureCode.FENCED, why)
                .with(new Failure.Fence(reader.epoch()))
                .exception();
    }
}
