package holdfast.server.volume;

import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Time;

/**
 * A vnode in the hands of one command. Its change number grows once, however often it is touched.
 */
final class Node {
    private final VnodeRecord.Builder record;
    private final Attributes.Builder attributes;
    private boolean made;
    private boolean vnodeTouched;
    private boolean entriesTouched;
    private boolean fenceRaised;
    private boolean dropped;
    private boolean modifiedNow;
    private boolean accessedNow;

    Node(VnodeRecord record) {
        this.record = record.toBuilder();
        this.attributes = record.getAttributes().toBuilder();
    }

    /** A vnode that the command makes. Nobody can hold a promise on it. */
    static Node made(VnodeRecord record) {
        Node node = new Node(record);
        node.made = true;
        node.modifiedNow = true;
        node.accessedNow = true;
        return node;
    }

    long file() {
        return attributes.getFile();
    }

    FileId id() {
        return new FileId(file());
    }

    /** Its attributes as the command has them now. */
    Attributes attributes() {
        return attributes.build();
    }

    /** Its attributes, to be changed; say with a touch what that concerns. */
    Attributes.Builder change() {
        return attributes;
    }

    /** What is kept beside the attributes, to be changed. */
    VnodeRecord.Builder record() {
        return record;
    }

    boolean isFolder() {
        return attributes.getType() == FileType.FOLDER;
    }

    boolean isFile() {
        return attributes.getType() == FileType.FILE;
    }

    boolean isMountPoint() {
        return attributes.getMountedVolume() != 0;
    }

    FencingToken fence() {
        return new FencingToken(record.getFenceEpoch(), record.getFenceNumber());
    }

    /** Raises the fence; no promise covers it. */
    void raiseFence(FencingToken fence) {
        record.setFenceEpoch(fence.epoch()).setFenceNumber(fence.number());
        fenceRaised = true;
    }

    /** Its contents, attributes or names change: what a vnode promise covers. */
    void touch() {
        vnodeTouched = true;
    }

    /** A folder's list changes, by {@code entries} in number, of them {@code folders} folders. */
    void touchEntries(int entries, int folders) {
        entriesTouched = true;
        modifiedNow = true;
        attributes.setSize(attributes.getSize() + entries);
        attributes.setLinks(attributes.getLinks() + folders);
    }

    /** Its time of modification becomes that of the command. */
    void modifyNow() {
        modifiedNow = true;
    }

    /** Its time of modification becomes {@code time}, whatever was said before. */
    void modifyAt(Time time) {
        modifiedNow = false;
        attributes.setModified(time);
    }

    void accessNow() {
        accessedNow = true;
    }

    void accessAt(Time time) {
        accessedNow = false;
        attributes.setAccessed(time);
    }

    /** The record goes with the command; a folder's list is void then, too. */
    void drop() {
        dropped = true;
        vnodeTouched = true;
        entriesTouched = isFolder();
    }

    boolean dropped() {
        return dropped;
    }

    boolean touched() {
        return made || vnodeTouched || entriesTouched;
    }

    boolean changed() {
        return touched() || fenceRaised;
    }

    /** Ends the command at {@code time}: change number and times. */
    VnodeRecord finish(Time time) {
        if (touched()) {
            Time changed = made ? time : Moments.later(time, attributes.getChanged());
            attributes
                    .setChanged(changed)
                    .setChangeNumber(attributes.getChangeNumber() + 1)
                    .setHasXattrs(hasXattrs());
            if (modifiedNow) {
                attributes.setModified(changed);
            }
            if (accessedNow) {
                attributes.setAccessed(changed);
            }
        }
        return record.setAttributes(attributes).build();
    }

    private boolean hasXattrs() {
        return record.getXattrs() > 0
                || !attributes.getAccessList().isEmpty()
                || !attributes.getDefaultList().isEmpty();
    }

    /** Whether anybody's promise may be concerned. */
    boolean breaks() {
        return !made && (vnodeTouched || entriesTouched);
    }

    Broken broken() {
        return Broken.newBuilder()
                .setFile(file())
                .setChangeNumber(attributes.getChangeNumber())
                .setVnode(vnodeTouched)
                .setEntries(entriesTouched)
                .build();
    }
}
