package holdfast.client.files;

import holdfast.wire.proto.Create;

import java.util.Optional;

/**
 * For whom something is made.
 *
 * @param owner its owner; empty: the caller. Another only for the administrator (NOT_PERMITTED)
 * @param group its group, where the directory does not decide that; empty: the caller's first
 * @param umask bits that its mode loses, unless the directory has a default access list
 */
public record MadeFor(Optional<String> owner, Optional<String> group, int umask) {
    /** For the caller, with the mode as it is given. */
    public static final MadeFor CALLER = new MadeFor(Optional.empty(), Optional.empty(), 0);

    Create.Builder in(Create.Builder create) {
        owner.ifPresent(create::setOwner);
        group.ifPresent(create::setGroup);
        return create.setUmask(umask);
    }
}
