package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.id.FileId;
import holdfast.server.table.Table;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.proto.Manifest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One volume at one entry of the log. Its rows come in an order that is the same on every member,
 * and a page at a time, so that nobody is kept waiting. For one thread. Everything fails with
 * IllegalStateException once that moment was given up.
 */
public final class MilestoneVolume {
    private static final List<Character> KINDS_OF_VNODES = List.of('v', 'e', 'x', 'i', 'm', 'r');
    private static final int PAGE_ROWS = 512;
    private static final long PAGE_BYTES = 4L << 20;
    private static final int DEPTH_MAX = 1_024;

    private final Table.Frozen rows;
    private final int volume;

    private record Row(ByteString key, ByteString value) {}

    MilestoneVolume(Table.Frozen rows, int volume) {
        this.rows = rows;
        this.volume = volume;
    }

    /** Takes one row. */
    @FunctionalInterface
    public interface Taker {
        /** Of the vnode {@code file}, which is the root for the volume's own rows. */
        void take(long file, ByteString key, ByteString value);
    }

    /** All rows. */
    public void rows(Taker taker) {
        long root = FileId.rootOf(volume).value();
        ByteString own = Keys.volume(volume);
        rows.get(own).ifPresent(value -> taker.take(root, own, value));
        each(Keys.mounts(volume), Keys.mounts(volume), row -> {
            taker.take(root, row.key, row.value);
            return true;
        });
        for (char kind : KINDS_OF_VNODES) {
            ofVnodes(kind, taker);
        }
    }

    /** Which chunks each version has that is kept. */
    public void manifests(ManifestTaker taker) {
        ofVnodes(
                'm',
                (file, key, value) -> taker.take(file, Records.parse(Manifest.parser(), value)));
    }

    /** Takes the list of chunks of one version of a file. */
    @FunctionalInterface
    public interface ManifestTaker {
        void take(long file, Manifest manifest);
    }

    private void ofVnodes(char kind, Taker taker) {
        ByteString prefix = Keys.kind(kind);
        ByteString first = prefix.concat(Keys.number(FileId.of(volume, 1).value()));
        each(prefix, first, row -> {
            long file = Keys.number(row.key, prefix.size());
            if (new FileId(file).volume() != volume) {
                return false;
            }
            taker.take(file, row.key, row.value);
            return true;
        });
    }

    private interface Going {
        boolean on(Row row);
    }

    private void each(ByteString prefix, ByteString first, Going going) {
        ByteString from = first;
        boolean again = false;
        while (true) {
            List<Row> page = page(prefix, from, again);
            for (Row row : page) {
                if (!going.on(row)) {
                    return;
                }
            }
            if (page.isEmpty()) {
                return;
            }
            from = page.getLast().key;
            again = true;
        }
    }

    /** From {@code from} on, or behind it when it was seen. */
    private List<Row> page(ByteString prefix, ByteString from, boolean seen) {
        List<Row> page = new ArrayList<>();
        long[] bytes = {0};
        rows.scan(prefix, from, (key, value) -> {
            if (!seen || !key.equals(from)) {
                page.add(new Row(key, value));
                bytes[0] += key.size() + value.size();
            }
            return page.size() < PAGE_ROWS && bytes[0] < PAGE_BYTES;
        });
        return page;
    }

    /** One path in the volume of each of these that has one. Goes through all names. */
    public Map<Long, String> paths(Collection<Long> files) {
        Map<Long, String> paths = new HashMap<>();
        if (files.isEmpty()) {
            return paths;
        }
        Set<Long> wanted = new HashSet<>(files);
        ofVnodes('e', (folder, key, value) -> {
            long file = Keys.number(value, 0);
            if (wanted.remove(file)) {
                paths.put(file, pathOf(folder) + "/" + name(folder, key));
            }
        });
        return paths;
    }

    private static String name(long folder, ByteString key) {
        return key.substring(Keys.entries(folder).size()).toString(StandardCharsets.UTF_8);
    }

    /** Empty for the root. */
    private String pathOf(long folder) {
        Deque<String> names = new ArrayDeque<>();
        long at = folder;
        while (at != FileId.rootOf(volume).value() && names.size() < DEPTH_MAX) {
            Optional<VnodeRecord> record = rows.get(Keys.vnode(at))
                    .map(value -> Records.parse(VnodeRecord.parser(), value));
            if (record.isEmpty()) {
                break;
            }
            names.addFirst("/" + nameIn(record.get().getParent(), at));
            at = record.get().getParent();
        }
        return String.join("", names);
    }

    private String nameIn(long parent, long child) {
        String[] found = {"?"};
        each(Keys.entries(parent), Keys.entries(parent), row -> {
            if (Keys.number(row.value, 0) == child) {
                found[0] = name(parent, row.key);
                return false;
            }
            return true;
        });
        return found[0];
    }
}
