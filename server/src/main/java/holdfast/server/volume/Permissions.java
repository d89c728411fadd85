package holdfast.server.volume;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.Access;
import holdfast.model.volume.Access.Right;
import holdfast.model.volume.ModeBits;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Caller;

import java.util.Locale;
import java.util.Set;

/** What one caller may do. The only class of this room that decides it, by {@link Access}. */
final class Permissions {
    private final String user;
    private final String firstGroup;
    private final Set<String> groups;

    Permissions(Caller caller) {
        this.user = caller.getUser();
        this.firstGroup = caller.getGroupsCount() > 0 ? caller.getGroups(0) : user;
        this.groups = Set.copyOf(caller.getGroupsList());
    }

    String user() {
        return user;
    }

    /** The group of what the caller makes; one without groups has one of its own name. */
    String firstGroup() {
        return firstGroup;
    }

    boolean administrator() {
        return user.equals(Access.ADMINISTRATOR);
    }

    boolean memberOf(String group) {
        return administrator() || groups.contains(group);
    }

    boolean may(Attributes vnode, Right right) {
        return access(vnode).allows(user, groups, right);
    }

    boolean owns(Attributes vnode) {
        return access(vnode).ownedBy(user);
    }

    void require(Attributes vnode, Right right) {
        if (!may(vnode, right)) {
            throw refused(
                    FailureCode.DENIED, right.name().toLowerCase(Locale.ROOT) + " permission");
        }
    }

    void requireOwner(Attributes vnode) {
        if (!owns(vnode)) {
            throw notPermitted("to be its owner");
        }
    }

    void requireMemberOf(String group) {
        if (!memberOf(group)) {
            throw notPermitted("to be a member of '" + group + "'");
        }
    }

    void requireAdministrator() {
        if (!administrator()) {
            throw notPermitted("to be " + Access.ADMINISTRATOR);
        }
    }

    /**
     * A store may be sent by who may write, and by the owner: whoever makes a file with mode 0444
     * may still fill it.
     */
    boolean mayStore(Attributes file) {
        return owns(file) || may(file, Right.WRITE);
    }

    void requireStore(Attributes file) {
        if (!mayStore(file)) {
            require(file, Right.WRITE);
        }
    }

    /** Whether {@code child} may be taken out of {@code folder} (POSIX: S_ISVTX). */
    void requireUnstuck(Attributes folder, Attributes child) {
        boolean sticky = ModeBits.has(folder.getMode(), ModeBits.STICKY);
        if (sticky && !owns(folder) && !owns(child)) {
            throw notPermitted("to own it or the directory, which is sticky");
        }
    }

    private Refusal notPermitted(String needed) {
        return refused(FailureCode.NOT_PERMITTED, needed);
    }

    private Refusal refused(FailureCode code, String needed) {
        return Refusal.of(code, "'" + user + "' would need " + needed);
    }

    private static Access access(Attributes vnode) {
        return new Access(
                vnode.getOwner(), vnode.getGroup(), vnode.getMode(), vnode.getAccessList());
    }
}
