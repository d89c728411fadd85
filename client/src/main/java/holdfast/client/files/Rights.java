package holdfast.client.files;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.volume.Access;
import holdfast.model.volume.Access.Right;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Caller;

import java.util.Set;

/**
 * What this connection's caller may do with what is cached. The server decides again on every
 * request; this answers only where no request is sent.
 */
final class Rights {
    private final String user;
    private final Set<String> groups;

    Rights(Caller caller) {
        this.user = caller.getUser();
        this.groups = Set.copyOf(caller.getGroupsList());
    }

    /** Who the caller is, to the servers. */
    String user() {
        return user;
    }

    boolean may(Attributes of, Right right) {
        return new Access(of.getOwner(), of.getGroup(), of.getMode(), of.getAccessList())
                .allows(user, groups, right);
    }

    /** DENIED unless the caller has the right. */
    void check(Attributes of, Right right, Object path) {
        if (!may(of, right)) {
            throw denied(right, path);
        }
    }

    static FailureException denied(Right right, Object path) {
        String what = switch (right) {
            case READ -> "reading is not permitted";
            case WRITE -> "writing is not permitted";
            case EXECUTE -> "searching this directory is not permitted";
        };
        return Failure.of(FailureCode.DENIED, what).at(path.toString()).exception();
    }
}
