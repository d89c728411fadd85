package holdfast.server.security;

import com.google.protobuf.Message;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.volume.Access;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Service.Handler;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * The users who may change a cell as a whole: its volumes, its servers, locks of others. The
 * directory server has the list and tells it to the other servers. What they may do to files is not
 * decided here.
 */
public final class Administrators {
    /** Only the user who always is one. */
    public static final Administrators ROOT = new Administrators(new TreeSet<>());

    private static final int USERS_MAX = 1_024;

    private final SortedSet<String> users;

    private Administrators(SortedSet<String> users) {
        this.users = users;
        users.add(Access.ADMINISTRATOR);
    }

    /** These and root; MISCONFIGURED when a name can't be a user's, or there are too many. */
    public static Administrators of(Collection<String> users) {
        if (users.size() >= USERS_MAX) {
            throw misconfigured("a cell has fewer than 1,024 administrators");
        }
        for (String user : users) {
            int bytes = user.getBytes(StandardCharsets.UTF_8).length;
            if (bytes == 0 || bytes > Callers.NAME_BYTES_MAX) {
                throw misconfigured("an administrator's name has from 1 to 255 bytes");
            }
        }
        return new Administrators(new TreeSet<>(users));
    }

    private static FailureException misconfigured(String why) {
        return FailureException.of(FailureCode.MISCONFIGURED, why);
    }

    /** Their names, in order. */
    public List<String> users() {
        return List.copyOf(users);
    }

    /** DENIED unless one of them calls, who alone may do {@code what}. */
    public void require(RequestHeader header, String what) {
        Caller caller = Callers.of(header);
        if (!users.contains(caller.getUser())) {
            throw FailureException.of(
                    FailureCode.DENIED,
                    "only administrators of the cell may " + what + ", and '" + caller.getUser()
                            + "' is none");
        }
    }

    /** {@code handler}, for {@code who} at that moment is an administrator. */
    public static <Q extends Message, A extends Message> Handler<Q, A> only(
            Supplier<Administrators> who, String what, Handler<Q, A> handler) {
        return call -> {
            who.get().require(call.header(), what);
            return handler.handle(call);
        };
    }
}
