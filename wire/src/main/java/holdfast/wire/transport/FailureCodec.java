package holdfast.wire.transport;

import com.google.protobuf.ByteString;

import holdfast.model.chunk.ChunkBounds;
import holdfast.model.chunk.ChunkHash;
import holdfast.model.chunk.LackingChunks;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.wire.proto.FailureMessage;
import holdfast.wire.proto.LockHolder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Failures as messages. The one place that translates between them. */
public final class FailureCodec {
    /** The most characters of a failure's line, its path and its server. */
    static final int TEXT_CHARS_MAX = 4096;

    private FailureCodec() {}

    /** As it travels: one line, cut to what the wire allows. */
    public static FailureMessage encode(Failure failure) {
        FailureMessage.Builder message = FailureMessage.newBuilder()
                .setCode(failure.code().wire())
                .setMessage(line(failure.message()));
        failure.path().ifPresent(path -> message.setPath(line(path)));
        failure.server().ifPresent(server -> message.setServer(line(server)));
        failure.holder().ifPresent(holder -> message.setHolder(encode(holder)));
        failure.detail(LackingChunks.class)
                .ifPresent(lacking -> lacking.hashes()
                        .forEach(hash -> message.addLacking(ByteString.copyFrom(hash.bytes()))));
        failure.detail(Failure.Fence.class).ifPresent(fence -> message.setEpoch(fence.epoch()));
        failure.detail(Failure.Leader.class)
                .ifPresent(leader -> message.setLeader(line(leader.address())));
        return message.build();
    }

    /** As it arrived. A code that this release does not know becomes INTERNAL, with its text. */
    public static Failure decode(FailureMessage message) {
        FailureCode code = FailureCode.ofWire(message.getCode()).orElse(FailureCode.INTERNAL);
        return new Failure(
                code,
                text(message, code),
                present(message.getPath()),
                present(message.getServer()),
                message.hasHolder() ? Optional.of(decode(message.getHolder())) : Optional.empty(),
                detail(message, code));
    }

    private static String text(FailureMessage message, FailureCode code) {
        String line = line(message.getMessage());
        return code.wire() == message.getCode()
                ? line
                : line + " (failure " + Integer.toUnsignedString(message.getCode())
                        + ", unknown to this release)";
    }

    private static Optional<Failure.Detail> detail(FailureMessage message, FailureCode code) {
        return switch (code) {
            case LACKS_CHUNKS -> lacking(message.getLackingList());
            case FENCED ->
                message.getEpoch() == 0
                        ? Optional.empty()
                        : Optional.of(new Failure.Fence(message.getEpoch()));
            case NOT_LEADER -> present(message.getLeader()).map(Failure.Leader::new);
            default -> Optional.empty();
        };
    }

    private static Optional<Failure.Detail> lacking(List<ByteString> named) {
        if (named.isEmpty() || named.size() > ChunkBounds.PIECES_MAX) {
            return Optional.empty();
        }
        List<ChunkHash> hashes = new ArrayList<>();
        for (ByteString bytes : named) {
            if (bytes.size() != ChunkHash.BYTES) {
                return Optional.empty();
            }
            hashes.add(ChunkHash.of(bytes.toByteArray()));
        }
        return Optional.of(new LackingChunks(hashes));
    }

    private static LockHolder encode(Failure.Holder holder) {
        return LockHolder.newBuilder()
                .setUser(line(holder.user()))
                .setHost(line(holder.host()))
                .setProcess(holder.process())
                .setAgeMillis(holder.ageMillis())
                .build();
    }

    private static Failure.Holder decode(LockHolder holder) {
        return new Failure.Holder(
                line(holder.getUser()),
                line(holder.getHost()),
                holder.getProcess(),
                holder.getAgeMillis());
    }

    private static Optional<String> present(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(line(text));
    }

    /** Without control characters, so that no server can steer a terminal or forge a log line. */
    private static String line(String text) {
        String cut = text.length() <= TEXT_CHARS_MAX ? text : text.substring(0, TEXT_CHARS_MAX);
        return cut.chars().anyMatch(Character::isISOControl)
                ? cut.replaceAll("\\p{Cntrl}+", " ")
                : cut;
    }
}
