package holdfast.client.files;

import com.google.protobuf.ByteString;

import holdfast.client.files.OwnChange.Names;
import holdfast.model.id.FileId;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.GetXattrs;
import holdfast.wire.proto.RemoveXattr;
import holdfast.wire.proto.SetXattr;
import holdfast.wire.proto.Xattr;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Extended attributes. They are not cached. */
final class ExtendedAttributes {
    private final Resolver resolver;
    private final ReplicaGroups groups;

    ExtendedAttributes(Resolver resolver, ReplicaGroups groups) {
        this.resolver = resolver;
        this.groups = groups;
    }

    SortedMap<String, byte[]> all(Spot spot, Deadline deadline) {
        FileId file = file(spot, deadline);
        GetXattrs request = GetXattrs.newBuilder().setFile(file.value()).build();
        List<Xattr> items = groups.at(
                file,
                deadline,
                group -> group.connection()
                        .ask(FileMethods.GET_XATTRS, request, deadline)
                        .message()
                        .getItemsList());
        SortedMap<String, byte[]> all = new TreeMap<>();
        items.forEach(
                item -> all.put(item.getName().toStringUtf8(), item.getValue().toByteArray()));
        return all;
    }

    void set(Spot spot, String name, byte[] value, Deadline deadline) {
        FileId file = file(spot, deadline);
        SetXattr request = SetXattr.newBuilder()
                .setFile(file.value())
                .setName(ByteString.copyFromUtf8(name))
                .setValue(ByteString.copyFrom(value))
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
