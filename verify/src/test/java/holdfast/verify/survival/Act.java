package holdfast.verify.survival;

import java.util.List;
import java.util.Optional;

/**
 * What one client did to one file: a line of its history.
 *
 * @param begun by the clock that all processes of the machine share, in nanoseconds
 * @param ended the same
 * @param outcome {@code done}, or the code of a failure
 * @param version what it saw, or made; 0 when unknown
 * @param text the contents it saw, or wrote
 * @param base what it found before it wrote
 */
record Act(
        Kind kind,
        String path,
        long begun,
        long ended,
        String outcome,
        long version,
        String text,
        Optional<Seen> base) {
    static final String DONE = "done";

    /** A kind of act. */
    enum Kind {
        /** Opens for reading, reads all. */
        READ,
        /** Opens for writing, reads what is there, writes all anew, closes. */
        CHANGE,
        /** Stores the whole file at once. */
        WRITE
    }

    /** A version and its contents. */
    record Seen(long version, String text) {}

    boolean done() {
        return outcome.equals(DONE);
    }

    boolean stores() {
        return kind != Kind.READ;
    }

    /** Whether it was under way at a moment. */
    boolean isUnderWayAt(long nanos) {
        return begun <= nanos && nanos <= ended;
    }

    String line() {
        return String.join(
                " ",
                kind.name(),
                path,
                String.valueOf(begun),
                String.valueOf(ended),
                outcome,
                String.valueOf(version),
                text,
                base.map(seen -> seen.version + " " + seen.text).orElse("- -"));
    }

    static Act of(String line) {
        List<String> words = List.of(line.split(" "));
        Optional<Seen> base = words.get(7).equals("-")
                ? Optional.empty()
                : Optional.of(new Seen(Long.parseLong(words.get(7)), words.get(8)));
        return new Act(
                Kind.valueOf(words.get(0)),
                words.get(1),
                Long.parseLong(words.get(2)),
                Long.parseLong(words.get(3)),
                words.get(4),
                Long.parseLong(words.get(5)),
                words.get(6),
                base);
    }
}
