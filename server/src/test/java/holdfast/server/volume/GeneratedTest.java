package holdfast.server.volume;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import holdfast.server.volume.Model.Text;
import holdfast.server.volume.Model.Version;
import holdfast.server.volume.Model.Vnode;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Xattr;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Generated commands do what a model says, touch what they say, and do it the same everywhere. */
final class GeneratedTest {
    private static final int COMMANDS = 60;

    static LongStream seeds() {
        return LongStream.range(0, 1_000);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void commandsDoWhatTheModelSays(long seed) {
        Generator generator = new Generator(seed);
        for (int i = 0; i < COMMANDS; i++) {
            generator.step();
        }
        check(generator.group, generator.model);
        checkReplays(generator.group);
    }

    private static void check(Group group, Model model) {
        for (Vnode vnode : model.vnodes.values()) {
            Attributes seen = group.attributes(vnode.id);
            assertThat(seen.getMode()).isEqualTo(vnode.mode);
            assertThat(seen.getOwner()).isEqualTo(vnode.owner);
            assertThat(seen.getGroup()).isEqualTo(vnode.group);
            assertThat(seen.getLinks()).isEqualTo(vnode.linkCount(model));
            assertThat(seen.getType()).isEqualTo(vnode.type);
            assertThat(seen.getDataVersion()).isEqualTo(vnode.version);
            assertThat(xattrs(group, vnode.id)).isEqualTo(vnode.allXattrs());
            assertThat(seen.getHasXattrs()).isEqualTo(!vnode.allXattrs().isEmpty());
            if (vnode.isFolder()) {
                assertThat(entries(group, vnode.id)).isEqualTo(vnode.entries);
                assertThat(seen.getSize()).isEqualTo(vnode.entries.size());
            } else if (vnode.type == FileType.FILE) {
                assertThat(seen.getSize()).isEqualTo(vnode.text.size());
                assertThat(group.reader.contents(vnode.id, vnode.version))
                        .isEqualTo(contents(vnode.text));
            }
        }
        checkVersions(group, model);
        assertThat(group.reader.statfs(1).getUsedBytes()).isEqualTo(model.used());
        assertThat(group.reader.statfs(1).getFiles()).isEqualTo(model.vnodes.size());
        assertThat(group.table.count('v')).isEqualTo(model.vnodes.size() + model.unlinked.size());
    }

    private static void checkVersions(Group group, Model model) {
        model.replaced.forEach((version, text) -> assertThat(
                        group.reader.contents(version.file(), version.number()))
                .isEqualTo(contents(text)));
        List<ByteString> chunks =
                model.chunks().stream().map(Group::hash).collect(Collectors.toList());
        assertThat(group.reader.chunksNamed(ByteString.EMPTY, 1_000))
                .containsExactlyInAnyOrderElementsOf(chunks);
        assertThat(group.reader.replacedVersions(VolumeReader.ReplacedVersion.START, 1_000))
                .extracting(one -> new Version(one.file(), one.version()))
                .containsExactlyInAnyOrderElementsOf(model.versions());
        long rows = group.table.count('i') + group.table.count('m');
        long full =
                model.vnodes.values().stream().filter(v -> v.text.size() > 0).count()
                        + model.replaced.values().stream()
                                .filter(text -> text.size() > 0)
                                .count();
        assertThat(rows).isEqualTo(full);
    }

    static Contents contents(Text text) {
        return text.chunks().isEmpty()
                ? Group.inline(text.inline())
                : Group.chunks(
                        text.chunks().stream().mapToInt(Integer::intValue).toArray());
    }

    static Map<String, Long> entries(Group group, long folder) {
        ListEntries list =
                ListEntries.newBuilder().setFolder(folder).setLimit(1_000).build();
        EntryList page = group.reader.list(list, Group.ADMIN);
        return page.getEntriesList().stream()
                .collect(Collectors.toMap(
                        entry -> entry.getName().toStringUtf8(),
                        entry -> entry.getVnode().getAttributes().getFile(),
                        (a, b) -> a,
                        TreeMap::new));
    }

    static Map<String, String> xattrs(Group group, long file) {
        Map<String, String> seen = new TreeMap<>();
        for (Xattr xattr : group.reader.xattrs(file, Group.ADMIN).getItemsList()) {
            seen.put(xattr.getName().toStringUtf8(), xattr.getValue().toStringUtf8());
        }
        return seen;
    }

    /** The same log makes the same table; over a checkpoint; and however it is cut in entries. */
    private static void checkReplays(Group group) {
        Map<ByteString, ByteString> rows = group.table.rows();
        int size = group.log.size();
        TreeTable.Disk disk = new TreeTable.Disk();
        Path checkpoint = Path.of("checkpoint");
        TreeTable first = new TreeTable(disk);
        VolumeState state = new VolumeState(first);
        for (int i = 0; i < size; i++) {
            state.apply(1, i + 1, group.log.get(i));
            if (i == size / 2) {
                state.checkpoint(checkpoint);
            }
        }
        assertThat(first.rows()).isEqualTo(rows);
        TreeTable second = new TreeTable(disk);
        VolumeState restored = new VolumeState(second);
        restored.apply(1, 1, group.log.getFirst());
        restored.restore(checkpoint);
        for (int i = (int) restored.applied().index(); i < size; i++) {
            restored.apply(1, i + 1, group.log.get(i));
        }
        assertThat(second.rows()).isEqualTo(rows);
        assertThat(withoutIndices(inEntriesOfFive(group.log))).isEqualTo(withoutIndices(rows));
    }

    private static Map<ByteString, ByteString> inEntriesOfFive(List<List<ByteString>> log) {
        TreeTable table = new TreeTable();
        VolumeState state = new VolumeState(table);
        List<ByteString> commands = log.stream().flatMap(List::stream).toList();
        List<List<ByteString>> entries = new ArrayList<>();
        for (int i = 0; i < commands.size(); i += 5) {
            entries.add(commands.subList(i, Math.min(i + 5, commands.size())));
        }
        for (int i = 0; i < entries.size(); i++) {
            state.apply(1, i + 1, entries.get(i));
        }
        return table.rows();
    }

    private static Map<ByteString, ByteString> withoutIndices(Map<ByteString, ByteString> rows) {
        Map<ByteString, ByteString> others = new TreeMap<>(rows.entrySet().stream()
                .filter(row -> "pqr".indexOf(row.getKey().byteAt(0)) < 0)
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        Map.Entry::getValue,
                        (a, b) -> a,
                        () -> new TreeMap<>(ByteString.unsignedLexicographicalComparator()))));
        return others;
    }
}
