package holdfast.server.directory;

import com.google.protobuf.ByteString;

import holdfast.model.path.CellPath;
import holdfast.wire.proto.MountPoint;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.Volume;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The cell at one moment; never changes.
 *
 * @param cell its id, empty before it is founded
 * @param key seals fencing tokens
 * @param version counts the committed changes
 * @param nextVolume the number of the next volume
 * @param volumes by path, without their mounts
 * @param servers by id, without what heartbeats tell
 * @param claims the directories that groups asked for
 */
public record CellView(
        String cell,
        ByteString key,
        long version,
        int nextVolume,
        SortedMap<String, Volume> volumes,
        SortedMap<String, Server> servers,
        SortedSet<Claim> claims) {

    /** A directory that a group's servers asked for. */
    record Claim(String group, String path) implements Comparable<Claim> {
        @Override
        public int compareTo(Claim other) {
            int byGroup = group.compareTo(other.group);
            return byGroup != 0 ? byGroup : path.compareTo(other.path);
        }
    }

    static final CellView EMPTY = new CellView(
            "", ByteString.EMPTY, 0, 1, new TreeMap<>(), new TreeMap<>(), new TreeSet<>());

    public CellView {
        volumes = Collections.unmodifiableSortedMap(new TreeMap<>(volumes));
        servers = Collections.unmodifiableSortedMap(new TreeMap<>(servers));
        claims = Collections.unmodifiableSortedSet(new TreeSet<>(claims));
    }

    /** Whether the cell has its identity. */
    public boolean founded() {
        return !cell.isEmpty();
    }

    /** All volumes, each with what is mounted inside it. */
    public List<Volume> mounted() {
        TreeMap<String, List<MountPoint>> inside = new TreeMap<>();
        for (Volume volume : volumes.values()) {
            CellPath path = CellPath.parse(volume.getPath());
            parentOf(path)
                    .ifPresent(parent -> inside.computeIfAbsent(
                                    parent.getPath(), at -> new ArrayList<>())
                            .add(mountPoint(path, parent, volume)));
        }
        return volumes.values().stream()
                .map(volume -> volume.toBuilder()
                        .addAllMounts(inside.getOrDefault(volume.getPath(), List.of()))
                        .build())
                .toList();
    }

    private static MountPoint mountPoint(CellPath path, Volume parent, Volume volume) {
        String below = path.below(CellPath.parse(parent.getPath())).stream()
                .map(Object::toString)
                .collect(Collectors.joining("/"));
        return MountPoint.newBuilder()
                .setPath(below)
                .setVolume(volume.getNumber())
                .build();
    }

    /** The volumes that {@code group} holds, each with what is mounted inside it. */
    public List<Volume> mountedOf(String group) {
        return group.isEmpty()
                ? List.of()
                : mounted().stream()
                        .filter(volume -> volume.getGroup().equals(group))
                        .toList();
    }

    /** The volume mounted at {@code path}, with what is mounted inside it. */
    public Optional<Volume> mountedAt(String path) {
        return mounted().stream()
                .filter(volume -> volume.getPath().equals(path))
                .findFirst();
    }

    private Optional<Volume> parentOf(CellPath path) {
        CellPath at = path;
        while (!at.isRoot()) {
            at = at.parent();
            Volume found = volumes.get(at.toString());
            if (found != null) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }
}
