package holdfast.app.cli;

import holdfast.client.files.Stat;

import java.util.LinkedHashMap;
import java.util.Map;

/** How a vnode is shown: to people and as JSON. */
final class Rows {
    private Rows() {}

    /** All that is known of {@code stat}, with exact numbers. */
    static Map<String, Object> fields(String path, Stat stat) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("path", path);
        fields.put("type", type(stat));
        fields.put("size", stat.size());
        fields.put("mode", "%04o".formatted(stat.mode()));
        fields.put("owner", stat.owner());
        fields.put("group", stat.group());
        fields.put("links", stat.links());
        fields.put("modified", stat.modified().toString());
        fields.put("accessed", stat.accessed().toString());
        fields.put("changed", stat.changed().toString());
        fields.put("created", stat.created().toString());
        fields.put("id", stat.file().toString());
        fields.put("dataVersion", stat.dataVersion());
        fields.put("changeNumber", stat.changeNumber());
        fields.put("storedBytes", stat.storedBytes());
        stat.target().ifPresent(target -> fields.put("target", target.toString()));
        if (stat.type().isDevice()) {
            fields.put("device", stat.major() + ":" + stat.minor());
        }
        fields.put("hasXattrs", stat.hasXattrs());
        stat.accessList().ifPresent(list -> fields.put("accessList", list.toString()));
        stat.defaultList().ifPresent(list -> fields.put("defaultList", list.toString()));
        stat.mountedVolume().ifPresent(volume -> fields.put("mountedVolume", volume));
        return fields;
    }

    static String type(Stat stat) {
        return switch (stat.type()) {
            case FILE -> "file";
            case DIRECTORY -> "directory";
            case SYMLINK -> "symlink";
            case FIFO -> "fifo";
            case SOCKET -> "socket";
            case CHARACTER_DEVICE -> "character device";
            case BLOCK_DEVICE -> "block device";
        };
    }

    /** {@code -rw-r--r--}, as ls prints it; with a plus sign where an access list says more. */
    static String mode(Stat stat) {
        StringBuilder text = new StringBuilder();
        text.append(
                switch (stat.type()) {
                    case FILE -> '-';
                    case DIRECTORY -> 'd';
                    case SYMLINK -> 'l';
                    case FIFO -> 'p';
                    case SOCKET -> 's';
                    case CHARACTER_DEVICE -> 'c';
                    case BLOCK_DEVICE -> 'b';
                });
        for (int shift = 6; shift >= 0; shift -= 3) {
            int bits = stat.mode() >> shift;
            text.append((bits & 4) == 0 ? '-' : 'r');
            text.append((bits & 2) == 0 ? '-' : 'w');
            text.append(
                    execute((bits & 1) != 0, special(stat.mode(), shift), shift == 0 ? 't' : 's'));
        }
        return text.append(stat.accessList().isPresent() ? "+" : "").toString();
    }

    private static boolean special(int mode, int shift) {
        return (mode & (01000 << (shift / 3))) != 0;
    }

    private static char execute(boolean may, boolean special, char letter) {
        if (special) {
            return may ? letter : Character.toUpperCase(letter);
        }
        return may ? 'x' : '-';
    }
}
