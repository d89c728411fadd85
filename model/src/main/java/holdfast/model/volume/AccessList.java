package holdfast.model.volume;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.volume.Access.Right;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An access list: what single users and groups of the cell may do, beside the owner, the group and
 * all others (POSIX.1e draft 17, chapter 23; Linux acl(5)). Each entry has three bits: read 4,
 * write 2, execute 1. Two lists that say the same are equal and have the same text.
 *
 * @param owner what the owner may do
 * @param users what these users may do, as far as the mask allows
 * @param group what members of the vnode's group may do, as far as the mask allows
 * @param groups what members of these groups may do, as far as the mask allows
 * @param mask the most that named users and all groups may do; needed where anybody is named
 * @param other what all others may do
 */
public record AccessList(
        int owner,
        SortedMap<String, Integer> users,
        int group,
        SortedMap<String, Integer> groups,
        OptionalInt mask,
        int other) {
    private static final int ALL = 7;
    private static final Pattern ENTRY = Pattern.compile(
            "(u|user|g|group|m|mask|o|other):([^:,\\p{Cntrl}]*):([r-])([w-])([x-])");
    private static final Pattern NAME = Pattern.compile("[^:,\\p{Cntrl}]+");

    public AccessList {
        users = checked(users);
        groups = checked(groups);
        check(owner);
        check(group);
        mask.ifPresent(AccessList::check);
        check(other);
        if (mask.isEmpty() && !(users.isEmpty() && groups.isEmpty())) {
            throw invalid("names users or groups and needs a mask");
        }
    }

    private static SortedMap<String, Integer> checked(SortedMap<String, Integer> named) {
        named.forEach((name, bits) -> {
            int bytes = name.getBytes(StandardCharsets.UTF_8).length;
            if (!NAME.matcher(name).matches() || bytes > VnodeBounds.PRINCIPAL_BYTES_MAX) {
                throw invalid("can't name '" + name + "'");
            }
            check(bits);
        });
        return Collections.unmodifiableSortedMap(new TreeMap<>(named));
    }

    private static void check(int bits) {
        if ((bits & ~ALL) != 0) {
            throw invalid("has no bits " + bits);
        }
    }

    private static FailureException invalid(String why) {
        return FailureException.of(FailureCode.INVALID, "an access list " + why);
    }

    /**
     * The list written as {@code user::rwx,user:ann:r-x,group::r-x,mask::r-x,other::---}, in any
     * order; lines count as commas do, and first letters as words. INVALID when it is none.
     */
    public static AccessList parse(String text) {
        return new Parsing(text).list();
    }

    /** Entries as they are read. */
    private static final class Parsing {
        private final TreeMap<String, Integer> users = new TreeMap<>();
        private final TreeMap<String, Integer> groups = new TreeMap<>();
        private final TreeMap<Character, Integer> others = new TreeMap<>();

        Parsing(String text) {
            for (String entry : text.strip().split("[,\n]", -1)) {
                Matcher parts = ENTRY.matcher(entry);
                if (!parts.matches()) {
                    throw invalid("has no entry '" + entry + "'");
                }
                char kind = parts.group(1).charAt(0);
                String name = parts.group(2);
                boolean again = switch (name.isEmpty() ? '-' : kind) {
                    case 'u' -> users.put(name, bits(parts)) != null;
                    case 'g' -> groups.put(name, bits(parts)) != null;
                    case '-' -> others.put(kind, bits(parts)) != null;
                    default -> true;
                };
                if (again) {
                    throw invalid("can't have '" + entry + "', or has it twice");
                }
            }
        }

        private static int bits(Matcher parts) {
            int bits = 0;
            for (int i = 0; i < 3; i++) {
                bits |= parts.group(3 + i).equals("-") ? 0 : 4 >> i;
            }
            return bits;
        }

        AccessList list() {
            Integer mask = others.get('m');
            return new AccessList(
                    needed('u'),
                    users,
                    needed('g'),
                    groups,
                    mask == null ? OptionalInt.empty() : OptionalInt.of(mask),
                    needed('o'));
        }

        private int needed(char kind) {
            Integer bits = others.get(kind);
            if (bits == null) {
                throw invalid("needs entries of owner, group and others");
            }
            return bits;
        }
    }

    /** Whether it says more than a mode can. */
    public boolean isExtended() {
        return mask.isPresent();
    }

    /**
     * The permission bits, 0777, of a vnode that has this list: those of the group are the mask.
     */
    public int mode() {
        return (owner << 6) | (mask.orElse(group) << 3) | other;
    }

    /** The list after its vnode's mode was set (POSIX.1e: the mask follows the group's bits). */
    public AccessList withMode(int mode) {
        return with((mode >> 6) & ALL, (mode >> 3) & ALL, mode & ALL);
    }

    /**
     * The list of what is made with {@code mode} where this is the default: nobody gets what the
     * mode does not give.
     */
    public AccessList inherited(int mode) {
        return with(owner & (mode >> 6), mask.orElse(group) & (mode >> 3), other & mode);
    }

    private AccessList with(int newOwner, int newMask, int newOther) {
        return mask.isPresent()
                ? new AccessList(newOwner, users, group, groups, OptionalInt.of(newMask), newOther)
                : new AccessList(newOwner, users, newMask, groups, mask, newOther);
    }

    /** Whether somebody who is not the owner has {@code right} on a vnode of {@code itsGroup}. */
    boolean allows(String user, Set<String> memberOf, String itsGroup, Right right) {
        Integer named = users.get(user);
        if (named != null) {
            return masked(named, right);
        }
        boolean member = memberOf.contains(itsGroup);
        if (member && masked(group, right)) {
            return true;
        }
        for (Map.Entry<String, Integer> each : groups.entrySet()) {
            if (memberOf.contains(each.getKey())) {
                member = true;
                if (masked(each.getValue(), right)) {
                    return true;
                }
            }
        }
        return !member && (other & right.bit) != 0;
    }

    private boolean masked(int bits, Right right) {
        return (bits & mask.orElse(ALL) & right.bit) != 0;
    }

    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(",");
        text.add("user::" + shown(owner));
        users.forEach((name, bits) -> text.add("user:" + name + ":" + shown(bits)));
        text.add("group::" + shown(group));
        groups.forEach((name, bits) -> text.add("group:" + name + ":" + shown(bits)));
        mask.ifPresent(bits -> text.add("mask::" + shown(bits)));
        return text.add("other::" + shown(other)).toString();
    }

    private static String shown(int bits) {
        return ((bits & 4) == 0 ? "-" : "r")
                + ((bits & 2) == 0 ? "-" : "w")
                + ((bits & 1) == 0 ? "-" : "x");
    }
}
