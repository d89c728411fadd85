package holdfast.client.files;

import com.google.protobuf.ByteString;

import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A path being resolved: the directories passed, without links, and the components still to come,
 * of which {@code ..} (an empty one here) goes back to where the directory passed last was found.
 */
final class Remaining {
    private static final ByteString DOT = ByteString.copyFromUtf8(".");
    private static final ByteString DOT_DOT = ByteString.copyFromUtf8("..");

    private List<Name> passed = new ArrayList<>();
    private Deque<Optional<Name>> rest = new ArrayDeque<>();

    private Remaining() {}

    static Remaining of(CellPath path) {
        Remaining remaining = new Remaining();
        path.names().forEach(name -> remaining.rest.add(Optional.of(name)));
        return remaining;
    }

    /** From the root, the names up to the next {@code ..}, which is taken when it comes first. */
    List<Name> run() {
        while (!rest.isEmpty() && rest.peek().isEmpty()) {
            rest.poll();
            if (!passed.isEmpty()) {
                passed.removeLast();
            }
        }
        List<Name> names = new ArrayList<>(passed);
        for (Optional<Name> each : rest) {
            if (each.isEmpty()) {
                break;
            }
            names.add(each.get());
        }
        return names;
    }

    /** Whether {@code names}, given by {@link #run}, are all that remain. */
    boolean endsWith(List<Name> names) {
        return passed.size() + rest.size() == names.size();
    }

    /** {@code names}, given by {@link #run}, were passed, all of them directories. */
    void passed(List<Name> names) {
        for (int i = passed.size(); i < names.size(); i++) {
            rest.poll();
        }
        passed = new ArrayList<>(names);
    }

    /** The last of the first {@code depth} names is a link to {@code target}. */
    void follow(List<Name> names, int depth, ByteString target) {
        int before = passed.size();
        for (int i = before; i < depth; i++) {
            rest.poll();
        }
        boolean absolute = !target.isEmpty() && target.byteAt(0) == '/';
        passed = absolute ? new ArrayList<>() : new ArrayList<>(names.subList(0, depth - 1));
        Deque<Optional<Name>> all = components(target);
        names.subList(depth, Math.max(depth, before)).forEach(name -> all.add(Optional.of(name)));
        all.addAll(rest);
        rest = all;
    }

    private static Deque<Optional<Name>> components(ByteString target) {
        Deque<Optional<Name>> all = new ArrayDeque<>();
        int from = 0;
        for (int i = 0; i <= target.size(); i++) {
            if (i == target.size() || target.byteAt(i) == '/') {
                add(all, target.substring(from, i));
                from = i + 1;
            }
        }
        return all;
    }

    private static void add(Deque<Optional<Name>> all, ByteString component) {
        if (component.equals(DOT_DOT)) {
            all.add(Optional.empty());
        } else if (!component.isEmpty() && !component.equals(DOT)) {
            all.add(Optional.of(Name.of(component.toByteArray())));
        }
    }
}
