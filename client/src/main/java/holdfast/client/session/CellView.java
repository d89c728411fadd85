package holdfast.client.session;

import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.wire.proto.CellMap;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Address;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The cell's map as it was at one version. Immutable. */
public final class CellView {
    private final CellMap map;
    private final Node root = new Node();
    private final Map<Integer, Volume> volumes = new HashMap<>();
    private final Map<String, List<Address>> members = new HashMap<>();
    private final List<Address> lockingServers = new ArrayList<>();

    /**
     * Where a path enters a volume.
     *
     * @param depth how many names of the path lie above the volume's root
     */
    public record Mount(Volume volume, int depth) {}

    private static final class Node {
        private final Map<Name, Node> children = new TreeMap<>();
        private @Nullable Volume volume;
    }

    CellView(CellMap map) {
        this.map = map;
        map.getVolumesList().forEach(this::add);
        for (Server server : map.getServersList()) {
            Address address = Address.parse(server.getAddress());
            if (server.getRole() == Role.LOCKING) {
                lockingServers.add(address);
            } else if (server.getRole() == Role.FILES) {
                members.computeIfAbsent(server.getGroup(), g -> new ArrayList<>())
                        .add(address);
            }
        }
    }

    private void add(Volume volume) {
        volumes.put(volume.getNumber(), volume);
        Node node = root;
        for (Name name : CellPath.parse(volume.getPath()).names()) {
            node = node.children.computeIfAbsent(name, n -> new Node());
        }
        node.volume = volume;
    }

    /** Counts the map's changes. */
    public long version() {
        return map.getVersion();
    }

    /** The map as the directory service told it. */
    public CellMap map() {
        return map;
    }

    /** The volume with the longest mount path that {@code names} start with (rule 10). */
    public Optional<Mount> mountOf(List<Name> names) {
        Node node = root;
        Volume best = node.volume;
        int depth = 0;
        for (int i = 0; i < names.size(); i++) {
            Node next = node.children.get(names.get(i));
            if (next == null) {
                break;
            }
            node = next;
            if (node.volume != null) {
                best = node.volume;
                depth = i + 1;
            }
        }
        return best == null ? Optional.empty() : Optional.of(new Mount(best, depth));
    }

    /**
     * The names of the mount points at or below {@code names}, for a directory that exists only
     * because volumes are mounted below it; empty when nothing is.
     */
    public SortedSet<Name> mountsBelow(List<Name> names) {
        Node node = root;
        for (Name name : names) {
            Node next = node.children.get(name);
            if (next == null) {
                return new TreeSet<>();
            }
            node = next;
        }
        return new TreeSet<>(node.children.keySet());
    }

    /** The volume with this number. */
    public Optional<Volume> volume(int number) {
        return Optional.ofNullable(volumes.get(number));
    }

    /** Where the members of a group are; empty when it has none that are known. */
    public List<Address> members(String group) {
        return members.getOrDefault(group, List.of());
    }

    /** Where the locking servers are. */
    public List<Address> lockingServers() {
        return List.copyOf(lockingServers);
    }
}
