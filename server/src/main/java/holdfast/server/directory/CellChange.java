package holdfast.server.directory;

import static holdfast.model.failure.FailureCode.ALREADY_EXISTS;
import static holdfast.model.failure.FailureCode.BUSY;
import static holdfast.model.failure.FailureCode.INVALID;
import static holdfast.model.failure.FailureCode.LIMIT;
import static holdfast.model.failure.FailureCode.NOT_FOUND;
import static holdfast.model.failure.FailureCode.NO_VOLUME;
import static holdfast.model.failure.FailureCode.STALE;

import com.google.protobuf.ByteString;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.wire.log.DirectoryCommand;
import holdfast.wire.log.DirectoryOutcome;
import holdfast.wire.log.FoundCell;
import holdfast.wire.proto.CreateVolume;
import holdfast.wire.proto.ForgetServer;
import holdfast.wire.proto.MoveMount;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.RegisterServerReply;
import holdfast.wire.proto.RemoveVolume;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.Volume;
import holdfast.wire.proto.VolumeReply;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** The commands of one log entry at work; each checks all it needs before it changes anything. */
final class CellChange {
    static final int VOLUMES_MAX = 10_000;
    static final int SERVERS_MAX = 4_096;
    static final int CLAIMS_MAX = 100_000;

    private final TreeMap<String, Volume> volumes;
    private final TreeMap<String, Server> servers;
    private final TreeSet<CellView.Claim> claims;
    private String cell;
    private ByteString key;
    private long version;
    private int nextVolume;

    CellChange(CellView from) {
        volumes = new TreeMap<>(from.volumes());
        servers = new TreeMap<>(from.servers());
        claims = new TreeSet<>(from.claims());
        cell = from.cell();
        key = from.key();
        version = from.version();
        nextVolume = from.nextVolume();
    }

    CellView result() {
        return new CellView(cell, key, version, nextVolume, volumes, servers, claims);
    }

    DirectoryOutcome carryOut(DirectoryCommand command) {
        return switch (command.getChangeCase()) {
            case FOUND_CELL -> found(command.getFoundCell());
            case REGISTER -> register(command.getRegister());
            case CREATE_VOLUME -> create(command.getCreateVolume());
            case MOVE_MOUNT -> move(command.getMoveMount());
            case REMOVE_VOLUME -> remove(command.getRemoveVolume());
            case FORGET_SERVER -> forget(command.getForgetServer());
            case CHANGE_NOT_SET -> throw failure(INVALID, "a command without a change");
        };
    }

    /** The first one counts: a second, of a leader that could not know, changes nothing. */
    private DirectoryOutcome found(FoundCell founding) {
        if (cell.isEmpty()) {
            cell = founding.getCell();
            key = founding.getKey();
            version++;
        }
        return nothing();
    }

    private DirectoryOutcome register(RegisterServer asked) {
        Registration.check(asked);
        boolean known = servers.containsKey(asked.getServer());
        require(known || servers.size() < SERVERS_MAX, LIMIT, "the cell has too many servers");
        Optional<DirectoryOutcome> invitation = Replicas.invitation(asked, servers.values());
        if (invitation.isPresent()) {
            return invitation.get();
        }
        requireMayLeave(asked);
        List<String> wanted = new ArrayList<>();
        for (String directory : asked.getDirectoriesList()) {
            String path = CellPath.parse(directory).toString();
            refuseIfOfAnother(asked, path);
            if (!volumes.containsKey(path) && !wanted.contains(path) && !moved(asked, path)) {
                wanted.add(path);
            }
        }
        requireRoom(wanted.size());
        wanted.forEach(path -> add(path, asked.getGroup(), 0));
        asked.getDirectoriesList()
                .forEach(directory -> claims.add(new CellView.Claim(
                        asked.getGroup(), CellPath.parse(directory).toString())));
        leaveOldGroup(asked);
        Server server = Registration.server(asked);
        if (!server.equals(servers.put(server.getServer(), server))) {
            version++;
        }
        return DirectoryOutcome.newBuilder().setRegistered(registered(asked)).build();
    }

    /** A server that comes with another group than before must not leave volumes without any. */
    private void requireMayLeave(RegisterServer asked) {
        Server before = servers.get(asked.getServer());
        if (before != null && !before.getGroup().equals(asked.getGroup())) {
            require(
                    !(isLast(before) && hasVolumes(before.getGroup())),
                    BUSY,
                    "the file server " + before.getAddress()
                            + " holds volumes, so it can't join another group");
        }
    }

    private void leaveOldGroup(RegisterServer asked) {
        Server before = servers.get(asked.getServer());
        if (before != null && !before.getGroup().equals(asked.getGroup()) && isLast(before)) {
            claims.removeIf(claim -> claim.group().equals(before.getGroup()));
        }
    }

    private boolean isLast(Server server) {
        return server.getRole() == Role.FILES
                && servers.values().stream()
                                .filter(other -> other.getGroup().equals(server.getGroup()))
                                .count()
                        == 1;
    }

    private boolean hasVolumes(String group) {
        return volumes.values().stream().anyMatch(volume -> volume.getGroup().equals(group));
    }

    private RegisterServerReply.Builder registered(RegisterServer asked) {
        return RegisterServerReply.newBuilder()
                .setCell(cell)
                .setCellKey(key)
                .setMapVersion(version)
                .addAllVolumes(result().mountedOf(asked.getGroup()));
    }

    /** Asked for before, and its volume is elsewhere now. */
    private boolean moved(RegisterServer asked, String path) {
        return claims.contains(new CellView.Claim(asked.getGroup(), path));
    }

    private void refuseIfOfAnother(RegisterServer asked, String path) {
        Volume there = volumes.get(path);
        if (there != null && !there.getGroup().equals(asked.getGroup())) {
            throw Failure.of(
                            ALREADY_EXISTS,
                            Replicas.whyNot(asked, there.getGroup(), servers.values()))
                    .at(path)
                    .exception();
        }
    }

    private DirectoryOutcome create(CreateVolume asked) {
        String path = CellPath.parse(asked.getPath()).toString();
        String group = groupFor(asked);
        require(!volumes.containsKey(path), ALREADY_EXISTS, path + " is a volume already");
        requireRoom(1);
        add(path, group, asked.getQuotaBytes());
        return volume(path);
    }

    private String groupFor(CreateVolume asked) {
        if (!asked.getServer().isEmpty()) {
            Server server = servers.get(asked.getServer());
            if (server == null || server.getRole() != Role.FILES) {
                throw failure(NOT_FOUND, "no file server " + asked.getServer());
            }
            return server.getGroup();
        }
        return servers.values().stream()
                .filter(server -> server.getRole() == Role.FILES)
                .filter(server ->
                        asked.getGroup().isEmpty() || server.getGroup().equals(asked.getGroup()))
                .max(Comparator.comparingLong(Server::getFreeBytes))
                .map(Server::getGroup)
                .orElseThrow(() -> failure(
                        NOT_FOUND,
                        asked.getGroup().isEmpty()
                                ? "the cell has no file server"
                                : "no file server of group " + asked.getGroup()));
    }

    /** What is mounted below it moves along: its mount points are entries of the moved volumes. */
    private DirectoryOutcome move(MoveMount asked) {
        CellPath from = CellPath.parse(asked.getFrom());
        CellPath to = CellPath.parse(asked.getTo());
        requireVolume(from.toString());
        if (!from.equals(to)) {
            require(!to.startsWith(from), INVALID, "a volume can't be mounted inside itself");
            require(!volumes.containsKey(to.toString()), ALREADY_EXISTS, to + " is a volume");
            remount(from, to);
            version++;
        }
        return volume(to.toString());
    }

    private void remount(CellPath from, CellPath to) {
        TreeMap<String, Volume> staying = new TreeMap<>(volumes);
        List<Volume> moving = below(from);
        moving.forEach(volume -> staying.remove(volume.getPath()));
        for (Volume volume : moving) {
            CellPath at = to;
            for (Name name : CellPath.parse(volume.getPath()).below(from)) {
                at = at.child(name);
            }
            String path = at.toString();
            Volume there = staying.put(path, volume.toBuilder().setPath(path).build());
            require(there == null, ALREADY_EXISTS, path + " is a volume");
        }
        volumes.clear();
        volumes.putAll(staying);
    }

    private DirectoryOutcome remove(RemoveVolume asked) {
        CellPath path = CellPath.parse(asked.getPath());
        Volume gone = requireVolume(path.toString());
        boolean other = asked.getNumber() != 0 && asked.getNumber() != gone.getNumber();
        require(!other, STALE, "another volume is mounted at " + path + " now");
        require(below(path).size() == 1, BUSY, "other volumes are mounted inside " + path);
        volumes.remove(path.toString());
        claims.remove(new CellView.Claim(gone.getGroup(), path.toString()));
        version++;
        return DirectoryOutcome.newBuilder()
                .setVolume(VolumeReply.newBuilder().setVolume(gone).setMapVersion(version))
                .build();
    }

    private DirectoryOutcome forget(ForgetServer asked) {
        Server gone = servers.get(asked.getServer());
        if (gone == null) {
            throw failure(NOT_FOUND, "no server " + asked.getServer());
        }
        boolean last = isLast(gone);
        require(
                !(last && hasVolumes(gone.getGroup())),
                BUSY,
                "it is the last server of its group, which has volumes");
        servers.remove(asked.getServer());
        if (last) {
            claims.removeIf(claim -> claim.group().equals(gone.getGroup()));
        }
        version++;
        return nothing();
    }

    private void add(String path, String group, long quota) {
        Volume made = Volume.newBuilder()
                .setNumber(nextVolume++)
                .setPath(path)
                .setGroup(group)
                .setQuotaBytes(quota)
                .build();
        volumes.put(path, made);
        version++;
    }

    private List<Volume> below(CellPath path) {
        return volumes.values().stream()
                .filter(volume -> CellPath.parse(volume.getPath()).startsWith(path))
                .toList();
    }

    private Volume requireVolume(String path) {
        Volume there = volumes.get(path);
        if (there == null) {
            throw failure(NO_VOLUME, "no volume is mounted at " + path);
        }
        return there;
    }

    private void requireRoom(int more) {
        require(
                volumes.size() + more <= VOLUMES_MAX
                        && nextVolume + more <= FileId.VOLUME_MAX + 1
                        && claims.size() + more <= CLAIMS_MAX,
                LIMIT,
                "the cell has too many volumes");
    }

    private DirectoryOutcome volume(String path) {
        VolumeReply.Builder reply = VolumeReply.newBuilder().setMapVersion(version);
        result().mountedAt(path).ifPresent(reply::setVolume);
        return DirectoryOutcome.newBuilder().setVolume(reply).build();
    }

    private static DirectoryOutcome nothing() {
        return DirectoryOutcome.newBuilder()
                .setNothing(Nothing.getDefaultInstance())
                .build();
    }

    private static void require(boolean holds, FailureCode code, String otherwise) {
        if (!holds) {
            throw failure(code, otherwise);
        }
    }

    private static FailureException failure(FailureCode code, String message) {
        return FailureException.of(code, message);
    }
}
