package holdfast.mount.cell;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.volume.AccessList;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/**
 * Access lists as the kernel has them in the attributes {@code system.posix_acl_access} and
 * {@code system.posix_acl_default}: by numbers of users and groups, where the cell has names (Linux
 * posix_acl_xattr.h).
 */
final class KernelAccessList {
    /** The attribute that decides who may do what. */
    static final String ACCESS = "system.posix_acl_access";

    private static final Set<String> NAMES = Set.of(ACCESS, "system.posix_acl_default");
    private static final int VERSION = 2;
    private static final int HEAD_BYTES = 4;
    private static final int ENTRY_BYTES = 8;
    private static final int NOBODY = -1;
    private static final short OWNER = 0x01;
    private static final short USER = 0x02;
    private static final short ITS_GROUP = 0x04;
    private static final short GROUP = 0x08;
    private static final short MASK = 0x10;
    private static final short OTHER = 0x20;

    private KernelAccessList() {}

    /** Whether the extended attribute with this name is an access list. */
    static boolean isOne(String attribute) {
        return NAMES.contains(attribute);
    }

    /** The list in {@code bytes}; INVALID when there is none in them. */
    static AccessList parse(
            byte[] bytes, IntFunction<String> userName, IntFunction<String> groupName) {
        SortedMap<String, Integer> users = new TreeMap<>();
        SortedMap<String, Integer> groups = new TreeMap<>();
        Map<Short, Integer> single = new TreeMap<>();
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            boolean known = in.getInt() == VERSION;
            while (known && in.hasRemaining()) {
                short tag = in.getShort();
                int bits = in.getShort();
                int number = in.getInt();
                switch (tag) {
                    case USER -> users.put(userName.apply(number), bits);
                    case GROUP -> groups.put(groupName.apply(number), bits);
                    case OWNER, ITS_GROUP, MASK, OTHER -> single.put(tag, bits);
                    default -> known = false;
                }
            }
            if (known && single.keySet().containsAll(Set.of(OWNER, ITS_GROUP, OTHER))) {
                return new AccessList(
                        single.getOrDefault(OWNER, 0),
                        users,
                        single.getOrDefault(ITS_GROUP, 0),
                        groups,
                        single.containsKey(MASK)
                                ? OptionalInt.of(single.getOrDefault(MASK, 0))
                                : OptionalInt.empty(),
                        single.getOrDefault(OTHER, 0));
            }
        } catch (BufferUnderflowException e) {
            throw invalid();
        }
        throw invalid();
    }

    private static FailureException invalid() {
        return FailureException.of(FailureCode.INVALID, "no access list that the kernel makes");
    }

    /** The bytes of {@code list}, users and groups in the order of their numbers. */
    static byte[] bytes(
            AccessList list, ToIntFunction<String> userNumber, ToIntFunction<String> groupNumber) {
        int named = list.users().size() + list.groups().size();
        int entries = 3 + named + (list.mask().isPresent() ? 1 : 0);
        ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + entries * ENTRY_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(VERSION);
        put(out, OWNER, list.owner(), NOBODY);
        put(out, USER, list.users(), userNumber);
        put(out, ITS_GROUP, list.group(), NOBODY);
        put(out, GROUP, list.groups(), groupNumber);
        list.mask().ifPresent(bits -> put(out, MASK, bits, NOBODY));
        put(out, OTHER, list.other(), NOBODY);
        return out.array();
    }

    private static void put(
            ByteBuffer out,
            short tag,
            SortedMap<String, Integer> named,
            ToIntFunction<String> number) {
        named.entrySet().stream()
                .sorted((one, other) -> Integer.compareUnsigned(
                        number.applyAsInt(one.getKey()), number.applyAsInt(other.getKey())))
                .forEach(each -> put(out, tag, each.getValue(), number.applyAsInt(each.getKey())));
    }

    private static void put(ByteBuffer out, short tag, int bits, int number) {
        out.putShort(tag).putShort((short) bits).putInt(number);
    }
}
