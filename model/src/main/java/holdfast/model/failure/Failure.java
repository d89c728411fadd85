package holdfast.model.failure;

import java.util.Optional;

/**
 * One thing that went wrong: what happened, to which path, on which server.
 *
 * <p>One record with a code rather than a class for each kind: the codes travel on the wire and all
 * carry the same three facts; a switch over {@link FailureCode} is checked for completeness as one
 * over sealed types would be.
 *
 * @param code what kind it is, and so whether a retry is safe
 * @param message one line for people, without the path and the server
 * @param path the path concerned, where there is one
 * @param server the server concerned with its address, where there is one
 * @param holder who holds the lock, for {@link FailureCode#LOCK_HELD}
 * @param detail what else a program needs to go on, for the few kinds that have it
 */
public record Failure(
        FailureCode code,
        String message,
        Optional<String> path,
        Optional<String> server,
        Optional<Holder> holder,
        Optional<Detail> detail) {

    /**
     * What a program needs beyond the code to go on: {@link Fence}, {@link Leader}, or the chunks
     * that a server lacks ({@code model.chunk.LackingChunks}).
     */
    public interface Detail {}

    /**
     * Of {@link FailureCode#FENCED}: what refused the token.
     *
     * @param epoch the group's
     */
    public record Fence(long epoch) implements Detail {}

    /**
     * Of {@link FailureCode#NOT_LEADER}: who does lead, as far as the one that was asked knows.
     *
     * @param address {@code host:port}
     */
    public record Leader(String address) implements Detail {}

    /**
     * Who holds a lock.
     *
     * @param ageMillis how long the lock has been held
     */
    public record Holder(String user, String host, long process, long ageMillis) {
        @Override
        public String toString() {
            return user + " on " + host + " (process " + process + ")";
        }
    }

    /** A failure without detail. */
    public Failure(
            FailureCode code,
            String message,
            Optional<String> path,
            Optional<String> server,
            Optional<Holder> holder) {
        this(code, message, path, server, holder, Optional.empty());
    }

    /** A failure that names neither path nor server yet. */
    public static Failure of(FailureCode code, String message) {
        return new Failure(code, message, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** The same, about {@code path}, unless it already names one. */
    public Failure at(String where) {
        return path.isPresent()
                ? this
                : new Failure(code, message, Optional.of(where), server, holder, detail);
    }

    /** The same, from {@code server}, unless it already names one. */
    public Failure from(String who) {
        return server.isPresent()
                ? this
                : new Failure(code, message, path, Optional.of(who), holder, detail);
    }

    /** The same, naming the lock's holder. */
    public Failure heldBy(Holder who) {
        return new Failure(code, message, path, server, Optional.of(who), detail);
    }

    /** The same with a detail. */
    public Failure with(Detail what) {
        return new Failure(code, message, path, server, holder, Optional.of(what));
    }

    /** The detail of this kind, where there is one. */
    public <D extends Detail> Optional<D> detail(Class<D> kind) {
        return detail.filter(kind::isInstance).map(kind::cast);
    }

    /** The same, thrown. */
    public FailureException exception() {
        return new FailureException(this);
    }

    /** One line: {@code path: what happened (server)}. */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder();
        path.ifPresent(p -> line.append(p).append(": "));
        line.append(message);
        server.ifPresent(s -> line.append(" (").append(s).append(')'));
        return line.toString();
    }
}
