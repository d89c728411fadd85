package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.model.volume.ModeBits;
import holdfast.model.volume.VnodeBounds;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.log.VolumeRecord;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Link;

/** Makes files with their contents, folders, symbolic links, special files, and more names. */
final class Creation {
    /** A folder's own entry and its name in the parent. */
    static final int FOLDER_LINKS = 2;

    private final Edit edit;
    private final Names names;

    Creation(Edit edit) {
        this.edit = edit;
        this.names = new Names(edit);
    }

    void create(Create create) {
        ByteString name = Names.checked(create.getName());
        Node parent = names.searched(create.getParent());
        names.requireFree(parent, name);
        names.requireWrite(parent);
        names.requireOpen(parent);
        checkId(create.getFile(), parent.id());
        Node node = edit.make(VnodeRecord.newBuilder()
                .setAttributes(attributes(create, parent.attributes()))
                .build());
        if (node.isFile()) {
            NewContents contents = NewContents.of(create.getContents(), create.getSize());
            new Versions(edit).first(node, contents, create.getCollection());
        }
        if (create.hasModified()) {
            node.modifyAt(Moments.check(create.getModified()));
        }
        names.put(parent, name, node);
        count(parent.id().volume());
        edit.answer(node, parent);
    }

    /** One more name of anything but a folder. */
    void link(Link link) {
        ByteString name = Names.checked(link.getName());
        Node file = edit.live(link.getFile());
        Node parent = names.searched(link.getParent());
        if (file.id().volume() != parent.id().volume()) {
            throw Refusal.of(FailureCode.CROSS_VOLUME, "a file's names lie in one volume");
        }
        if (file.isFolder()) {
            throw Refusal.of(FailureCode.NOT_PERMITTED, "a directory has one name only");
        }
        names.requireFree(parent, name);
        names.requireWrite(parent);
        names.requireOpen(parent);
        int links = file.change().getLinks() + 1;
        if (links > VnodeBounds.LINKS_MAX) {
            throw Refusal.of(
                    FailureCode.LIMIT, "a file has at most " + VnodeBounds.LINKS_MAX + " names");
        }
        file.change().setLinks(links);
        file.touch();
        names.put(parent, name, file);
        edit.answer(file, parent);
    }

    private void count(int volume) {
        VolumeRecord.Builder record = edit.volume(volume);
        record.setFiles(record.getFiles() + 1);
    }

    /** The id must come from the range that was committed, and be free. */
    private void checkId(long file, FileId parent) {
        if (!FileId.valid(file)) {
            throw Refusal.of(FailureCode.INVALID, "no file has the id " + file);
        }
        FileId id = new FileId(file);
        boolean ours = id.volume() == parent.volume()
                && id.vnode() < edit.volume(id.volume()).getNextVnode();
        if (!ours) {
            throw Refusal.of(FailureCode.INVALID, "the id " + id + " was given to nobody");
        }
        if (edit.records().vnode(file).isPresent()) {
            throw Refusal.of(FailureCode.INVALID, "the id " + id + " is in use");
        }
    }

    private Attributes attributes(Create create, Attributes parent) {
        Attributes.Builder attributes = Attributes.newBuilder()
                .setFile(create.getFile())
                .setType(create.getType())
                .setOwner(AttributeChange.principal(owner(create)))
                .setGroup(AttributeChange.principal(group(create, parent)))
                .setLinks(1)
                .setCreated(edit.time());
        attributes.setMode(mode(create, parent, attributes.getGroup()));
        switch (create.getType()) {
            case FILE, FIFO, SOCKET -> {}
            case CHARACTER_DEVICE, BLOCK_DEVICE -> {
                edit.caller().requireAdministrator();
                attributes.setDevice(create.getDevice());
            }
            case FOLDER -> attributes.setLinks(FOLDER_LINKS);
            case SYMLINK ->
                attributes
                        .setTarget(target(create.getTarget()))
                        .setSize(create.getTarget().size());
            case TYPE_NONE, UNRECOGNIZED ->
                throw Refusal.of(FailureCode.INVALID, "nothing of type " + create.getType());
        }
        if (create.getType() != FileType.SYMLINK) {
            AccessLists.inherit(attributes, parent, umask(create));
        }
        if (create.getType() != FileType.FILE && create.hasContents()) {
            throw Refusal.of(FailureCode.INVALID, "only a file has contents");
        }
        return attributes.build();
    }

    /** The one asked for, else the caller. */
    private String owner(Create create) {
        String asked = create.getOwner();
        if (asked.isEmpty() || asked.equals(edit.caller().user())) {
            return edit.caller().user();
        }
        edit.caller().requireAdministrator();
        return asked;
    }

    /** The parent's where it says so, else the one asked for, else the caller's first. */
    private String group(Create create, Attributes parent) {
        if (ModeBits.has(parent.getMode(), ModeBits.SET_GROUP)) {
            return parent.getGroup();
        }
        String asked = create.getGroup();
        if (asked.isEmpty()) {
            return edit.caller().firstGroup();
        }
        edit.caller().requireMemberOf(asked);
        return asked;
    }

    private static int umask(Create create) {
        if ((create.getUmask() & ~ModeBits.PERMISSIONS) != 0) {
            throw Refusal.of(
                    FailureCode.INVALID,
                    "no umask: " + Integer.toUnsignedString(create.getUmask(), 8));
        }
        return create.getUmask();
    }

    private int mode(Create create, Attributes parent, String group) {
        int mode = AttributeChange.mode(create.getMode());
        if (create.getType() == FileType.FOLDER) {
            return mode | (parent.getMode() & ModeBits.SET_GROUP);
        }
        return edit.caller().memberOf(group) ? mode : mode & ~ModeBits.SET_GROUP;
    }

    private static ByteString target(ByteString target) {
        for (int i = 0; i < target.size(); i++) {
            if (target.byteAt(i) == 0) {
                throw Refusal.of(FailureCode.INVALID, "a symbolic link's target has no NUL");
            }
        }
        if (target.isEmpty()) {
            throw Refusal.of(FailureCode.INVALID, "a symbolic link needs a target");
        }
        if (target.size() > VnodeBounds.TARGET_BYTES_MAX) {
            throw Refusal.of(
                    FailureCode.NAME_TOO_LONG,
                    "a symbolic link's target has at most " + VnodeBounds.TARGET_BYTES_MAX
                            + " bytes");
        }
        return target;
    }
}
