package holdfast.client.files;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a file system of files, directories and hard links does, as simply as it can be said. */
final class ModelTree {
    /** A file or a directory. */
    static final class Node {
        private final Optional<TreeMap<String, Node>> entries;
        private byte[] contents = new byte[0];
        private int links = 1;
        private int mode;

        private Node(boolean folder, int mode) {
            this.entries = folder ? Optional.of(new TreeMap<>()) : Optional.empty();
            this.mode = mode;
        }

        boolean isFolder() {
            return entries.isPresent();
        }

        SortedMap<String, Node> entries() {
            return entries.orElseThrow(Refused::new);
        }

        byte[] contents() {
            return contents.clone();
        }

        int links() {
            return links;
        }

        int mode() {
            return mode;
        }
    }

    /** The operation fails. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final Node root = new Node(true, 01777);

    private Node folder(List<String> path) {
        Node at = root;
        for (String name : path.subList(0, path.size() - 1)) {
            at = child(at, name);
        }
        at.entries();
        return at;
    }

    private static Node child(Node folder, String name) {
        Node child = folder.entries().get(name);
        if (child == null) {
            throw new Refused();
        }
        return child;
    }

    Node find(List<String> path) {
        return path.isEmpty() ? root : child(folder(path), path.getLast());
    }

    void write(List<String> path, byte[] contents) {
        Node folder = folder(path);
        Node file = folder.entries().computeIfAbsent(path.getLast(), n -> new Node(false, 0644));
        refuseIf(file.isFolder());
        file.contents = contents.clone();
    }

    void append(List<String> path, String text) {
        Node file = find(path);
        refuseIf(file.isFolder());
        String before = new String(file.contents, StandardCharsets.UTF_8);
        file.contents = (before + text).getBytes(StandardCharsets.UTF_8);
    }

    void mkdir(List<String> path, int mode) {
        Node folder = folder(path);
        refuseIf(folder.entries().containsKey(path.getLast()));
        folder.entries().put(path.getLast(), new Node(true, mode));
    }

    void remove(List<String> path, boolean asFolder) {
        Node folder = folder(path);
        Node gone = child(folder, path.getLast());
        refuseIf(gone.isFolder() != asFolder);
        refuseIf(asFolder && !gone.entries().isEmpty());
        folder.entries().remove(path.getLast());
        gone.links--;
    }

    void link(List<String> existing, List<String> path) {
        Node file = find(existing);
        refuseIf(file.isFolder());
        Node folder = folder(path);
        refuseIf(folder.entries().containsKey(path.getLast()));
        folder.entries().put(path.getLast(), file);
        file.links++;
    }

    void chmod(List<String> path, int mode) {
        find(path).mode = mode;
    }

    void rename(List<String> from, List<String> to) {
        Node source = folder(from);
        Node moved = child(source, from.getLast());
        Node target = folder(to);
        refuseIf(moved.isFolder() && isBelow(moved, target));
        Node there = target.entries().get(to.getLast());
        if (there == moved) {
            return;
        }
        if (there != null) {
            refuseIf(there.isFolder() != moved.isFolder());
            refuseIf(there.isFolder() && !there.entries().isEmpty());
            there.links--;
        }
        source.entries().remove(from.getLast());
        target.entries().put(to.getLast(), moved);
    }

    private static boolean isBelow(Node folder, Node wanted) {
        return folder == wanted
                || folder.entries().values().stream()
                        .anyMatch(each -> each.isFolder() && isBelow(each, wanted));
    }

    List<String> list(List<String> path) {
        return new ArrayList<>(find(path).entries().keySet());
    }

    private static void refuseIf(boolean wrong) {
        if (wrong) {
            throw new Refused();
        }
    }
}
