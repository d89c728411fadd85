package holdfast.model.volume;

import java.util.Set;

/**
 * Who may do what with a vnode: the POSIX permission bits and, where there is one, an access list,
 * by names of users and groups of the cell.
 *
 * @param owner the vnode's owner
 * @param group the vnode's group
 * @param mode permission bits, 07777
 * @param list its {@link AccessList} as text; empty: the mode says all
 */
public record Access(String owner, String group, int mode, String list) {
    /** The user to whom nothing is refused. */
    public static final String ADMINISTRATOR = "root";

    /** One of the three permission bits. */
    public enum Right {
        READ(4),
        WRITE(2),
        /** Of a directory: search. */
        EXECUTE(1);

        final int bit;

        Right(int bit) {
            this.bit = bit;
        }
    }

    /** Where the mode says all. */
    public Access(String owner, String group, int mode) {
        this(owner, group, mode, "");
    }

    /**
     * Whether {@code user}, a member of {@code groups}, has {@code right} (POSIX.1-2024, 4.7 File
     * Access Permissions; with a list, POSIX.1e draft 17, 23.1.5).
     */
    public boolean allows(String user, Set<String> groups, Right right) {
        if (user.equals(ADMINISTRATOR)) {
            return true;
        }
        if (!user.equals(owner) && !list.isEmpty()) {
            return AccessList.parse(list).allows(user, groups, group, right);
        }
        int shift = user.equals(owner) ? 6 : groups.contains(group) ? 3 : 0;
        return ((mode >> shift) & right.bit) != 0;
    }

    /** Whether {@code user} may change mode, owner of the file: its owner, or the administrator. */
    public boolean ownedBy(String user) {
        return user.equals(ADMINISTRATOR) || user.equals(owner);
    }
}
