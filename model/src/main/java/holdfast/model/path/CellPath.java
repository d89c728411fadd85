package holdfast.model.path;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An absolute path of the cell: names from the cell's root. Empty components, {@code .} and
 * {@code ..} are refused, not cleaned up.
 *
 * @param names at most 1,024
 */
public record CellPath(List<Name> names) {
    /** The most names that a path may have. */
    public static final int NAMES_MAX = 1024;

    /** The cell's root. */
    public static final CellPath ROOT = new CellPath(List.of());

    public CellPath {
        names = List.copyOf(names);
        if (names.size() > NAMES_MAX) {
            throw FailureException.of(FailureCode.NAME_TOO_LONG, "a path has at most 1,024 names");
        }
    }

    /** Parses {@code /a/b}; one slash at the end is allowed. INVALID says what is wrong. */
    public static CellPath parse(String text) {
        if (text.isEmpty()) {
            throw FailureException.of(
                    FailureCode.INVALID, "an empty path; the root of the cell is '/'");
        }
        if (!text.startsWith("/")) {
            throw invalid(text, "a path of the cell starts with '/'");
        }
        List<Name> names = new ArrayList<>();
        String rest = text.substring(1);
        if (!rest.isEmpty()) {
            String parts = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
            for (String part : parts.split("/", -1)) {
                names.add(component(text, part));
            }
        }
        return new CellPath(names);
    }

    private static Name component(String text, String part) {
        if (part.isEmpty() || part.equals(".") || part.equals("..")) {
            throw invalid(
                    text,
                    part.isEmpty()
                            ? "two slashes in a row can't be part of a path"
                            : "'" + part + "' can't be part of a path");
        }
        try {
            return Name.of(part);
        } catch (FailureException e) {
            throw new FailureException(e.failure().at(text), e);
        }
    }

    private static FailureException invalid(String text, String why) {
        return Failure.of(FailureCode.INVALID, why).at(text).exception();
    }

    /** Whether this is the root. */
    public boolean isRoot() {
        return names.isEmpty();
    }

    /** The last name; the root has none. */
    public Name last() {
        return names.getLast();
    }

    /** The directory that holds it; the root's is the root. */
    public CellPath parent() {
        return isRoot() ? this : new CellPath(names.subList(0, names.size() - 1));
    }

    /** The entry {@code name} in it. */
    public CellPath child(Name name) {
        List<Name> more = new ArrayList<>(names);
        more.add(name);
        return new CellPath(more);
    }

    /** Whether it is {@code prefix} or lies below it. */
    public boolean startsWith(CellPath prefix) {
        return names.size() >= prefix.names.size()
                && names.subList(0, prefix.names.size()).equals(prefix.names);
    }

    /** The names below {@code prefix}, which it must start with. */
    public List<Name> below(CellPath prefix) {
        if (!startsWith(prefix)) {
            throw new IllegalArgumentException(this + " is not below " + prefix);
        }
        return names.subList(prefix.names.size(), names.size());
    }

    @Override
    public String toString() {
        return names.stream().map(Name::toString).collect(Collectors.joining("/", "/", ""));
    }
}
