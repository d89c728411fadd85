package holdfast.client.files;

import com.google.protobuf.ByteString;

import holdfast.client.files.CachedVnode.State;
import holdfast.client.files.OwnChange.Names;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.GetXattrs;
import holdfast.wire.proto.RemoveXattr;
import holdfast.wire.proto.SetXattr;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Extended attributes. All of a vnode are fetched at once and kept as long as its promise holds; a
 * vnode that has none is known for that without asking.
 */
final class ExtendedAttributes {
    private static final SortedMap<String, ByteString> NONE = Collections.emptySortedMap();

    private final Resolver resolver;
    private final ReplicaGroups groups;

    ExtendedAttributes(Resolver resolver, ReplicaGroups groups) {
        this.resolver = resolver;
        this.groups = groups;
    }

    SortedMap<String, byte[]> all(Spot spot, Deadline deadline) {
        SortedMap<String, byte[]> all = new TreeMap<>();
        seen(spot, deadline).forEach((name, value) -> all.put(name, value.toByteArray()));
        return all;
    }

    Optional<byte[]> one(Spot spot, String name, Deadline deadline) {
        return Optional.ofNullable(seen(spot, deadline).get(name)).map(ByteString::toByteArray);
    }

    private SortedMap<String, ByteString> seen(Spot spot, Deadline deadline) {
        return switch (resolver.resolve(spot, Lookup.place(true), deadline)) {
            case Resolved.Found found -> seen(found, deadline);
            case Resolved.Absent absent -> throw Resolver.notFound(spot.path());
            case Resolved.AboveMounts above -> NONE;
        };
    }

    private SortedMap<String, ByteString> seen(Resolved.Found found, Deadline deadline) {
        return found.attributes().getHasXattrs()
                ? known(found).orElseGet(() -> asked(found.vnode().file(), deadline))
                : NONE;
    }

    private static Optional<SortedMap<String, ByteString>> known(Resolved.Found found) {
        VnodeCache vnodes = found.group().vnodes();
        long generation = vnodes.peek();
        State state = found.vnode().state();
        if (generation == 0 || state.promised() != generation) {
            return Optional.empty();
        }
        Optional<SortedMap<String, ByteString>> known =
                vnodes.xattrs().get(found.vnode(), state.found());
        return vnodes.holds(generation) ? known : Optional.empty();
    }

    private SortedMap<String, ByteString> asked(FileId file, Deadline deadline) {
        return groups.at(file, deadline, group -> {
            GetXattrs request = GetXattrs.newBuilder()
                    .setFile(file.value())
                    .setPromises(group.wantsPromises())
                    .build();
            return group.ask(
                    FileMethods.GET_XATTRS,
                    request,
                    deadline,
                    (flight, answer) ->
                            group.vnodes().takeXattrs(flight, answer.term(), answer.message()));
        });
    }

    void set(Spot spot, String name, byte[] value, XattrMode how, Deadline deadline) {
        FileId file = file(spot, deadline);
        SetXattr request = SetXattr.newBuilder()
                .setFile(file.value())
                .setName(ByteString.copyFromUtf8(name))
                .setValue(ByteString.copyFrom(value))
                .setCreate(how == XattrMode.CREATE)
                .setReplace(how == XattrMode.REPLACE)
                .build();
        groups.at(
                file,
                deadline,
                group -> group.change(
                        FileMethods.SET_XATTR,
                        request,
                        new Names.Unchanged(),
                        List.of(file),
                        deadline));
    }

    void remove(Spot spot, String name, Deadline deadline) {
        FileId file = file(spot, deadline);
        RemoveXattr request = RemoveXattr.newBuilder()
                .setFile(file.value())
                .setName(ByteString.copyFromUtf8(name))
                .build();
        groups.at(
                file,
                deadline,
                group -> group.change(
                        FileMethods.REMOVE_XATTR,
                        request,
                        new Names.Unchanged(),
                        List.of(file),
                        deadline));
    }

    private FileId file(Spot spot, Deadline deadline) {
        return resolver.found(spot, Lookup.place(true), deadline).vnode().file();
    }
}
