package holdfast.server.volume;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.Access;
import holdfast.model.volume.Access.Right;
import holdfast.model.volume.AccessList;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.FileType;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A volume as plain maps: what the state machine should do, written a second time and simply. */
final class Model {

    /** Contents: text, or numbered chunks of 10 bytes. */
    record Text(String inline, List<Integer> chunks) {
        static Text of(String inline) {
            return new Text(inline, List.of());
        }

        long size() {
            return chunks.isEmpty() ? inline.length() : 10L * chunks.size();
        }
    }

    static final class Vnode {
        final long id;
        final FileType type;
        int mode;
        String owner;
        String group;
        int links = 1;
        long version;
        long parent;
        Text text = Text.of("");
        int fence;
        final TreeMap<String, Long> entries = new TreeMap<>();
        final TreeMap<String, String> xattrs = new TreeMap<>();
        String list = "";
        String defaultList = "";

        Vnode(long id, FileType type, int mode, String owner, String group) {
            this.id = id;
            this.type = type;
            this.mode = mode;
            this.owner = owner;
            this.group = group;
        }

        /** With the access lists, as programs see them. */
        Map<String, String> allXattrs() {
            Map<String, String> all = new TreeMap<>(xattrs);
            all.put("system.posix_acl_access", list);
            all.put("system.posix_acl_default", defaultList);
            all.values().removeIf(String::isEmpty);
            return all;
        }

        boolean isFolder() {
            return type == FileType.FOLDER;
        }

        int linkCount(Model model) {
            if (!isFolder()) {
                return links;
            }
            return (int) (2
                    + entries.values().stream()
                            .filter(id -> model.there(id).isFolder())
                            .count());
        }
    }

    /** What the model refuses. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final FailureCode code;

        Refused(FailureCode code) {
            super(code.name());
            this.code = code;
        }
    }

    /** A version that is not current. */
    record Version(long file, long number) {}

    final Map<Long, Vnode> vnodes = new HashMap<>();
    final Map<Version, Text> replaced = new HashMap<>();
    final Map<Long, Vnode> unlinked = new HashMap<>();
    private final long quota;

    Model(long root, long quota) {
        this.quota = quota;
        Vnode vnode = new Vnode(root, FileType.FOLDER, 01777, "root", "root");
        vnode.parent = root;
        vnodes.put(root, vnode);
    }

    long used() {
        return vnodes.values().stream().mapToLong(vnode -> stored(vnode)).sum();
    }

    private static long stored(Vnode vnode) {
        return vnode.type == FileType.FILE ? vnode.text.size() : 0;
    }

    /** Chunks that any kept version names. */
    Set<Integer> chunks() {
        Set<Integer> chunks = new HashSet<>();
        vnodes.values().forEach(vnode -> chunks.addAll(vnode.text.chunks()));
        replaced.values().forEach(text -> chunks.addAll(text.chunks()));
        return chunks;
    }

    Vnode there(long id) {
        return Optional.ofNullable(vnodes.get(id))
                .orElseThrow(() -> new Refused(FailureCode.STALE));
    }

    private Vnode child(Vnode folder, String name) {
        return Optional.ofNullable(folder.entries.get(name))
                .map(this::there)
                .orElseThrow(() -> new Refused(FailureCode.NOT_FOUND));
    }

    private static void refuse(boolean when, FailureCode code) {
        if (when) {
            throw new Refused(code);
        }
    }

    /** What is made: {@code mode} as asked, before the umask or a default list. */
    record Made(long id, FileType type, int mode, int umask, Text text) {}

    void create(Caller who, long parent, String name, Made made) {
        FileType type = made.type();
        Vnode folder = enter(who, parent);
        refuse(folder.entries.containsKey(name), FailureCode.ALREADY_EXISTS);
        refuse(!may(who, folder, 2), FailureCode.DENIED);
        boolean device = type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
        refuse(device && !who.getUser().equals("root"), FailureCode.NOT_PERMITTED);
        boolean setGroup = (folder.mode & 02000) != 0;
        String group = setGroup ? folder.group : who.getGroups(0);
        Vnode vnode = new Vnode(made.id(), type, made.mode(), who.getUser(), group);
        if (type == FileType.FOLDER && setGroup) {
            vnode.mode |= 02000;
        } else if (type != FileType.FOLDER && !memberOf(who, group)) {
            vnode.mode &= ~02000;
        }
        inherit(vnode, folder, made.umask());
        if (type == FileType.FILE) {
            vnode.text = made.text();
            vnode.version = 1;
            charge(made.text().size());
        }
        vnode.parent = parent;
        vnodes.put(made.id(), vnode);
        folder.entries.put(name, made.id());
    }

    private static void inherit(Vnode vnode, Vnode folder, int umask) {
        if (vnode.type == FileType.SYMLINK) {
            return;
        }
        if (folder.defaultList.isEmpty()) {
            vnode.mode &= ~umask;
            return;
        }
        AccessList list = AccessList.parse(folder.defaultList).inherited(vnode.mode);
        vnode.list = list.isExtended() ? list.toString() : "";
        vnode.mode = (vnode.mode & 07000) | list.mode();
        vnode.defaultList = vnode.isFolder() ? folder.defaultList : "";
    }

    private void charge(long more) {
        refuse(more > 0 && used() + more > quota, FailureCode.QUOTA_EXCEEDED);
    }

    void remove(Caller who, long parent, String name, boolean asFolder) {
        Vnode folder = enter(who, parent);
        Vnode child = child(folder, name);
        checkTake(who, folder, child);
        refuse(asFolder && !child.isFolder(), FailureCode.NOT_A_DIRECTORY);
        refuse(!asFolder && child.isFolder(), FailureCode.IS_A_DIRECTORY);
        refuse(!child.entries.isEmpty(), FailureCode.NOT_EMPTY);
        folder.entries.remove(name);
        lose(child);
    }

    void link(Caller who, long file, long parent, String name) {
        Vnode vnode = there(file);
        Vnode folder = enter(who, parent);
        refuse(vnode.isFolder(), FailureCode.NOT_PERMITTED);
        refuse(folder.entries.containsKey(name), FailureCode.ALREADY_EXISTS);
        refuse(!may(who, folder, 2), FailureCode.DENIED);
        vnode.links++;
        folder.entries.put(name, file);
    }

    /** A rename's flags. */
    enum Flag {
        NONE,
        NO_REPLACE,
        EXCHANGE
    }

    void rename(Caller who, long from, String fromName, long to, String toName, Flag flag) {
        Vnode source = enter(who, from);
        Vnode goal = enter(who, to);
        Vnode moved = child(source, fromName);
        Optional<Vnode> other = Optional.ofNullable(goal.entries.get(toName)).map(this::there);
        refuse(flag == Flag.NO_REPLACE && other.isPresent(), FailureCode.ALREADY_EXISTS);
        refuse(flag == Flag.EXCHANGE && other.isEmpty(), FailureCode.NOT_FOUND);
        if (other.isPresent() && other.get() == moved) {
            return;
        }
        checkMove(who, moved, source, goal);
        other.ifPresent(there -> checkTake(who, goal, there));
        if (flag == Flag.EXCHANGE) {
            checkMove(who, other.orElseThrow(), goal, source);
            place(other.orElseThrow(), source, fromName);
        } else {
            other.ifPresent(there -> checkReplace(moved, there));
            source.entries.remove(fromName);
            goal.entries.remove(toName);
            other.ifPresent(this::lose);
        }
        place(moved, goal, toName);
    }

    private static void place(Vnode vnode, Vnode folder, String name) {
        folder.entries.put(name, vnode.id);
        vnode.parent = folder.id;
    }

    private void checkMove(Caller who, Vnode moved, Vnode source, Vnode goal) {
        checkTake(who, source, moved);
        refuse(!may(who, goal, 2), FailureCode.DENIED);
        if (moved.isFolder()) {
            refuse(isBelow(goal, moved), FailureCode.INVALID);
            refuse(source != goal && !may(who, moved, 2), FailureCode.DENIED);
        }
    }

    private static void checkReplace(Vnode moved, Vnode other) {
        refuse(moved.isFolder() && !other.isFolder(), FailureCode.NOT_A_DIRECTORY);
        refuse(!moved.isFolder() && other.isFolder(), FailureCode.IS_A_DIRECTORY);
        refuse(!other.entries.isEmpty(), FailureCode.NOT_EMPTY);
    }

    private boolean isBelow(Vnode folder, Vnode ancestor) {
        Vnode at = folder;
        while (at != ancestor && at.parent != at.id) {
            at = there(at.parent);
        }
        return at == ancestor;
    }

    private void lose(Vnode vnode) {
        vnode.links--;
        if (vnode.links == 0) {
            vnodes.remove(vnode.id);
            if (vnode.type == FileType.FILE) {
                replaced.put(new Version(vnode.id, vnode.version), vnode.text);
                unlinked.put(vnode.id, vnode);
            }
        }
    }

    void store(Caller who, long file, long base, int token, Text text) {
        Vnode vnode = there(file);
        refuse(vnode.isFolder(), FailureCode.IS_A_DIRECTORY);
        refuse(vnode.type != FileType.FILE, FailureCode.INVALID);
        refuse(!owns(who, vnode) && !may(who, vnode, 2), FailureCode.DENIED);
        refuse(token < vnode.fence, FailureCode.FENCED);
        refuse(base != vnode.version, FailureCode.STALE);
        charge(text.size() - vnode.text.size());
        replaced.put(new Version(file, vnode.version), vnode.text);
        vnode.text = text;
        vnode.version++;
        vnode.fence = token;
        if (!who.getUser().equals("root")) {
            vnode.mode = withoutPrivileges(who, vnode);
        }
    }

    void setMode(Caller who, long file, int mode) {
        Vnode vnode = there(file);
        refuse(!owns(who, vnode), FailureCode.NOT_PERMITTED);
        vnode.mode = memberOf(who, vnode.group) ? mode : mode & ~02000;
        if (!vnode.list.isEmpty()) {
            vnode.list = AccessList.parse(vnode.list).withMode(mode).toString();
        }
    }

    void setOwner(Caller who, long file, String owner, String group) {
        Vnode vnode = there(file);
        boolean allowed = owns(who, vnode)
                && owner.equals(vnode.owner)
                && (group.equals(vnode.group) || memberOf(who, group));
        refuse(!allowed && !who.getUser().equals("root"), FailureCode.NOT_PERMITTED);
        if (!vnode.isFolder()) {
            vnode.mode = withoutPrivileges(who, vnode);
        }
        vnode.owner = owner;
        vnode.group = group;
    }

    void setXattr(Caller who, long file, String name, String value) {
        Vnode vnode = there(file);
        checkXattr(who, vnode);
        vnode.xattrs.put(name, value);
    }

    void removeXattr(Caller who, long file, String name) {
        Vnode vnode = there(file);
        checkXattr(who, vnode);
        refuse(!vnode.xattrs.containsKey(name), FailureCode.NO_ATTRIBUTE);
        vnode.xattrs.remove(name);
    }

    private static void checkXattr(Caller who, Vnode vnode) {
        boolean sticky = vnode.isFolder() && (vnode.mode & 01000) != 0;
        refuse(!vnode.isFolder() && vnode.type != FileType.FILE, FailureCode.NOT_PERMITTED);
        refuse(sticky && !owns(who, vnode), FailureCode.NOT_PERMITTED);
        refuse(!sticky && !may(who, vnode, 2), FailureCode.DENIED);
    }

    void setList(Caller who, long file, String text) {
        Vnode vnode = there(file);
        checkList(who, vnode);
        AccessList list = AccessList.parse(text);
        vnode.list = list.isExtended() ? list.toString() : "";
        vnode.mode = (vnode.mode & 07000) | list.mode();
        vnode.mode &= memberOf(who, vnode.group) ? 07777 : 05777;
    }

    void setDefaultList(Caller who, long file, String text) {
        Vnode vnode = there(file);
        checkList(who, vnode);
        refuse(!vnode.isFolder(), FailureCode.DENIED);
        vnode.defaultList = AccessList.parse(text).toString();
    }

    void removeList(Caller who, long file) {
        Vnode vnode = there(file);
        checkList(who, vnode);
        refuse(vnode.list.isEmpty(), FailureCode.NO_ATTRIBUTE);
        vnode.list = "";
    }

    private static void checkList(Caller who, Vnode vnode) {
        refuse(vnode.type == FileType.SYMLINK, FailureCode.UNSUPPORTED);
        refuse(!owns(who, vnode), FailureCode.NOT_PERMITTED);
    }

    void collect(Version version) {
        replaced.remove(version);
        if (replaced.keySet().stream().noneMatch(other -> other.file() == version.file())) {
            unlinked.remove(version.file());
        }
    }

    List<Version> versions() {
        List<Version> versions = new ArrayList<>(replaced.keySet());
        versions.sort(Comparator.comparingLong(Version::file).thenComparingLong(Version::number));
        return versions;
    }

    private Vnode enter(Caller who, long id) {
        Vnode folder = there(id);
        refuse(!folder.isFolder(), FailureCode.NOT_A_DIRECTORY);
        refuse(!may(who, folder, 1), FailureCode.DENIED);
        return folder;
    }

    private static void checkTake(Caller who, Vnode folder, Vnode child) {
        boolean stuck = (folder.mode & 01000) != 0 && !owns(who, folder) && !owns(who, child);
        refuse(!may(who, folder, 2), FailureCode.DENIED);
        refuse(stuck, FailureCode.NOT_PERMITTED);
    }

    private static int withoutPrivileges(Caller who, Vnode vnode) {
        boolean harmless = (vnode.mode & 010) == 0 && memberOf(who, vnode.group);
        return harmless ? vnode.mode & ~04000 : vnode.mode & ~06000;
    }

    private static boolean owns(Caller who, Vnode vnode) {
        return who.getUser().equals("root") || who.getUser().equals(vnode.owner);
    }

    private static boolean memberOf(Caller who, String group) {
        return who.getUser().equals("root") || who.getGroupsList().contains(group);
    }

    private static boolean may(Caller who, Vnode vnode, int right) {
        if (who.getUser().equals("root")) {
            return true;
        }
        if (!vnode.list.isEmpty()) {
            Set<String> groups = Set.copyOf(who.getGroupsList());
            Right[] rights = {Right.EXECUTE, Right.WRITE, Right.READ};
            return new Access(vnode.owner, vnode.group, vnode.mode, vnode.list)
                    .allows(who.getUser(), groups, rights[right / 2]);
        }
        if (who.getUser().equals(vnode.owner)) {
            return ((vnode.mode >> 6) & right) != 0;
        }
        return ((vnode.mode >> (memberOf(who, vnode.group) ? 3 : 0)) & right) != 0;
    }
}
