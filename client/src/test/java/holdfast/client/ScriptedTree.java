package holdfast.client;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Entry;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.FailureMessage;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Vnode;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.transport.Transport.Answered;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A small tree of one volume that answers walks and lists, and promises all it shows. A test
 * changes it directly, and says itself what is broken.
 */
public final class ScriptedTree {
    public static final FileId ROOT = FileId.rootOf(1);
    private static final Comparator<ByteString> ORDER =
            ByteString.unsignedLexicographicalComparator();

    private final Map<Long, Attributes> vnodes = new HashMap<>();
    private final Map<Long, TreeMap<ByteString, Long>> names = new HashMap<>();
    private long newest = 1;
    private long term = 1;

    public ScriptedTree() {
        put(attributes(ROOT.value(), FileType.FOLDER).build());
    }

    public void serve(ScriptedServers servers) {
        servers.onCall(
                FileMethods.WALK,
                call -> new Answered<>(walk(ScriptedServers.body(FileMethods.WALK, call)), term));
        servers.onCall(
                FileMethods.LIST_ENTRIES,
                call -> new Answered<>(
                        list(ScriptedServers.body(FileMethods.LIST_ENTRIES, call)), term));
    }

    public void term(long now) {
        term = now;
    }

    private static Attributes.Builder attributes(long file, FileType type) {
        return Attributes.newBuilder()
                .setFile(file)
                .setType(type)
                .setMode(0755)
                .setOwner("ann")
                .setGroup("ann")
                .setLinks(1)
                .setDataVersion(1)
                .setChangeNumber(1);
    }

    private Attributes at(long file) {
        return Optional.ofNullable(vnodes.get(file)).orElseThrow();
    }

    private void put(Attributes attributes) {
        vnodes.put(attributes.getFile(), attributes);
    }

    public synchronized FileId file(FileId parent, String name) {
        return add(parent, name, FileType.FILE, "");
    }

    public synchronized FileId folder(FileId parent, String name) {
        return add(parent, name, FileType.FOLDER, "");
    }

    public synchronized FileId link(FileId parent, String name, String target) {
        return add(parent, name, FileType.SYMLINK, target);
    }

    private FileId add(FileId parent, String name, FileType type, String target) {
        FileId file = FileId.of(1, ++newest);
        put(attributes(file.value(), type)
                .setTarget(ByteString.copyFromUtf8(target))
                .build());
        bind(parent, name, file);
        return file;
    }

    /** Gives {@code file} a name, counting the change of both. */
    public synchronized void bind(FileId parent, String name, FileId file) {
        children(parent.value()).put(ByteString.copyFromUtf8(name), file.value());
        touch(parent);
    }

    public synchronized void unbind(FileId parent, String name) {
        children(parent.value()).remove(ByteString.copyFromUtf8(name));
        touch(parent);
    }

    /** Counts a change; returns the change number. */
    public synchronized long touch(FileId file) {
        Attributes old = at(file.value());
        put(old.toBuilder().setChangeNumber(old.getChangeNumber() + 1).build());
        return old.getChangeNumber() + 1;
    }

    public synchronized Attributes attributes(FileId file) {
        return at(file.value());
    }

    public synchronized void chmod(FileId file, int mode) {
        put(at(file.value()).toBuilder().setMode(mode).build());
        touch(file);
    }

    private NavigableMap<ByteString, Long> children(long file) {
        return names.computeIfAbsent(file, f -> new TreeMap<>(ORDER));
    }

    public synchronized WalkReply walk(Walk walk) {
        WalkReply.Builder reply = WalkReply.newBuilder();
        Attributes at = at(walk.getStart());
        reply.addSteps(vnode(at, walk.getPromises()));
        for (ByteString name : walk.getNamesList()) {
            if (at.getType() == FileType.SYMLINK) {
                return reply.build();
            }
            if (at.getType() != FileType.FOLDER) {
                return reply.setEnded(failure(FailureCode.NOT_A_DIRECTORY)).build();
            }
            Long next = children(at.getFile()).get(name);
            if (next == null) {
                return reply.setEnded(failure(FailureCode.NOT_FOUND))
                        .setAbsencePromised(walk.getPromises())
                        .build();
            }
            at = at(next);
            reply.addSteps(vnode(at, walk.getPromises()));
        }
        return reply.build();
    }

    private static Vnode vnode(Attributes attributes, boolean promises) {
        return Vnode.newBuilder()
                .setAttributes(attributes)
                .setPromised(promises)
                .setEntriesPromised(promises && attributes.getType() == FileType.FOLDER)
                .build();
    }

    private static FailureMessage failure(FailureCode code) {
        return FailureMessage.newBuilder()
                .setCode(code.wire())
                .setMessage("test")
                .build();
    }

    public synchronized EntryList list(ListEntries request) {
        EntryList.Builder page = EntryList.newBuilder();
        List<Map.Entry<ByteString, Long>> rest = request.getAfter().isEmpty()
                ? List.copyOf(children(request.getFolder()).entrySet())
                : List.copyOf(children(request.getFolder())
                        .tailMap(request.getAfter(), false)
                        .entrySet());
        rest.stream()
                .limit(request.getLimit())
                .forEach(each -> page.addEntries(Entry.newBuilder()
                        .setName(each.getKey())
                        .setVnode(vnode(at(each.getValue()), request.getPromises()))));
        return page.setMore(rest.size() > request.getLimit())
                .setFolder(vnode(at(request.getFolder()), request.getPromises()))
                .build();
    }
}
