package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.volume.AccessList;
import holdfast.model.volume.ModeBits;
import holdfast.model.volume.VnodeBounds;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Xattr;

import java.util.Optional;
import java.util.function.Consumer;

/**
 * The access list of a vnode and a folder's default list for what is made in it. They are set and
 * seen as extended attributes, but lie among the others, since they decide who may do what; the
 * group's bits of the mode are always the list's mask (Linux posix_acl_update_mode,
 * posix_acl_chmod, posix_acl_create).
 */
enum AccessLists {
    ACCESS("system.posix_acl_access"),
    DEFAULT("system.posix_acl_default");

    private final ByteString name;

    AccessLists(String name) {
        this.name = ByteString.copyFromUtf8(name);
    }

    /** The list with this name; empty when it is that of another attribute. */
    static Optional<AccessLists> named(ByteString name) {
        for (AccessLists list : values()) {
            if (list.name.equals(name)) {
                return Optional.of(list);
            }
        }
        return Optional.empty();
    }

    /** Shows the lists that the vnode has. */
    static void each(Attributes vnode, Consumer<Xattr> visitor) {
        for (AccessLists list : values()) {
            if (list.isOn(vnode)) {
                visitor.accept(Xattr.newBuilder()
                        .setName(list.name)
                        .setValue(ByteString.copyFromUtf8(list.of(vnode)))
                        .build());
            }
        }
    }

    boolean isOn(Attributes vnode) {
        return !of(vnode).isEmpty();
    }

    private String of(Attributes vnode) {
        return switch (this) {
            case ACCESS -> vnode.getAccessList();
            case DEFAULT -> vnode.getDefaultList();
        };
    }

    /** Checks that the caller may set or remove this list of the vnode. */
    void check(Permissions caller, Attributes vnode) {
        if (vnode.getType() == FileType.SYMLINK) {
            throw Refusal.of(FailureCode.UNSUPPORTED, "symbolic links have no access lists");
        }
        caller.requireOwner(vnode);
    }

    /** Sets it; a list that says no more than a mode becomes the mode. */
    void set(Permissions caller, Node node, ByteString text) {
        if (this == DEFAULT && !node.isFolder()) {
            throw Refusal.of(FailureCode.DENIED, "only directories have a default access list");
        }
        AccessList list = parse(text);
        switch (this) {
            case ACCESS -> {
                put(node.change(), list);
                if (!caller.memberOf(node.change().getGroup())) {
                    node.change().setMode(node.change().getMode() & ~ModeBits.SET_GROUP);
                }
            }
            case DEFAULT -> node.change().setDefaultList(list.toString());
        }
    }

    void remove(Node node) {
        switch (this) {
            case ACCESS -> node.change().clearAccessList();
            case DEFAULT -> node.change().clearDefaultList();
        }
    }

    private static AccessList parse(ByteString text) {
        AccessList list;
        try {
            list = AccessList.parse(text.toStringUtf8());
        } catch (FailureException e) {
            throw Refusal.of(e.code(), e.failure().message());
        }
        int bytes = ByteString.copyFromUtf8(list.toString()).size();
        if (bytes > VnodeBounds.ACCESS_LIST_BYTES_MAX) {
            throw Refusal.of(
                    FailureCode.LIMIT,
                    "an access list has at most " + VnodeBounds.ACCESS_LIST_BYTES_MAX
                            + " bytes as text");
        }
        return list;
    }

    private static void put(Attributes.Builder vnode, AccessList list) {
        vnode.setMode((vnode.getMode() & ~ModeBits.PERMISSIONS) | list.mode())
                .setAccessList(list.isExtended() ? list.toString() : "");
    }

    /** Gives a vnode another mode, which its list follows. */
    static void changeMode(Attributes.Builder vnode, int mode) {
        vnode.setMode(mode);
        if (!vnode.getAccessList().isEmpty()) {
            put(vnode, AccessList.parse(vnode.getAccessList()).withMode(mode));
        }
    }

    /**
     * Gives what is being made the permissions that its folder and its maker leave of its mode: the
     * folder's default list decides where there is one, else the umask.
     */
    static void inherit(Attributes.Builder made, Attributes folder, int umask) {
        if (!DEFAULT.isOn(folder)) {
            made.setMode(made.getMode() & ~umask);
            return;
        }
        put(made, AccessList.parse(folder.getDefaultList()).inherited(made.getMode()));
        if (made.getType() == FileType.FOLDER) {
            made.setDefaultList(folder.getDefaultList());
        }
    }
}
