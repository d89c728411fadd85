package holdfast.server.directory;

import holdfast.wire.log.DirectoryClaim;
import holdfast.wire.log.DirectoryRecord;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.Volume;

import java.util.TreeMap;
import java.util.TreeSet;

/** The cell as its checkpoint writes it. */
final class Records {
    private Records() {}

    static DirectoryRecord.Builder of(CellView view) {
        DirectoryRecord.Builder record = DirectoryRecord.newBuilder()
                .setCell(view.cell())
                .setKey(view.key())
                .setVersion(view.version())
                .setNextVolume(view.nextVolume())
                .addAllVolumes(view.volumes().values())
                .addAllServers(view.servers().values());
        for (CellView.Claim claim : view.claims()) {
            record.addClaims(
                    DirectoryClaim.newBuilder().setGroup(claim.group()).setPath(claim.path()));
        }
        return record;
    }

    static CellView view(DirectoryRecord record) {
        TreeMap<String, Volume> volumes = new TreeMap<>();
        record.getVolumesList().forEach(volume -> volumes.put(volume.getPath(), volume));
        TreeMap<String, Server> servers = new TreeMap<>();
        record.getServersList().forEach(server -> servers.put(server.getServer(), server));
        TreeSet<CellView.Claim> claims = new TreeSet<>();
        record.getClaimsList()
                .forEach(c -> claims.add(new CellView.Claim(c.getGroup(), c.getPath())));
        return new CellView(
                record.getCell(),
                record.getKey(),
                record.getVersion(),
                record.getNextVolume(),
                volumes,
                servers,
                claims);
    }
}
