package holdfast.server.locking.service;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.model.lock.Mode;
import holdfast.model.lock.TokenSeal;
import holdfast.server.locking.Held;
import holdfast.wire.proto.Grant;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.Token;

import java.util.Optional;
import java.util.function.Supplier;

/** Tokens as they travel, sealed with the cell's key. */
final class Tokens {
    private final Supplier<Optional<TokenSeal>> seal;

    Tokens(Supplier<Optional<TokenSeal>> seal) {
        this.seal = seal;
    }

    /** UNAVAILABLE until the cell's key is known. */
    TokenSeal seal() {
        return seal.get()
                .orElseThrow(() -> FailureException.of(
                        FailureCode.UNAVAILABLE,
                        "the locking server has not reached the directory server yet"));
    }

    Grant grant(Held held) {
        Mode mode = held.ask().mode();
        long file = held.ask().file();
        long session = held.ask().session();
        byte[] sealed = seal().seal(file, session, mode, held.token());
        return Grant.newBuilder()
                .setToken(Token.newBuilder()
                        .setFile(file)
                        .setSession(session)
                        .setMode(wire(mode))
                        .setEpoch(held.token().epoch())
                        .setNumber(held.token().number())
                        .setSeal(ByteString.copyFrom(sealed)))
                .setRaise(held.raise())
                .build();
    }

    /** Whether this service's leader, or a former one, granted it. */
    boolean genuine(Token token) {
        return FileId.valid(token.getFile())
                && token.getEpoch() > 0
                && token.getNumber() > 0
                && token.getMode() != LockMode.LOCK_MODE_NONE
                && token.getMode() != LockMode.UNRECOGNIZED
                && seal().matches(
                                token.getSeal().toByteArray(),
                                token.getFile(),
                                token.getSession(),
                                mode(token.getMode()),
                                order(token));
    }

    static FencingToken order(Token token) {
        return order(token.getEpoch(), token.getNumber());
    }

    /** INVALID for bits that no token has. */
    static FencingToken order(long epoch, long number) {
        if (epoch < 0 || number < 0) {
            throw FailureException.of(FailureCode.INVALID, "a token that nobody was granted");
        }
        return new FencingToken(epoch, number);
    }

    static Mode mode(LockMode mode) {
        return switch (mode) {
            case SHARED -> Mode.SHARED;
            case EXCLUSIVE -> Mode.EXCLUSIVE;
            case LOCK_MODE_NONE, UNRECOGNIZED ->
                throw FailureException.of(FailureCode.INVALID, "a lock is shared or exclusive");
        };
    }

    static LockMode wire(Mode mode) {
        return switch (mode) {
            case SHARED -> LockMode.SHARED;
            case EXCLUSIVE -> LockMode.EXCLUSIVE;
        };
    }
}
