package holdfast.app.doctor;

import holdfast.app.config.ServersFile;
import holdfast.model.failure.FailureException;
import holdfast.model.time.BootTicker;
import holdfast.model.time.WallClock;
import holdfast.wire.transport.TcpTransport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Makes all checks. */
public final class Doctor {
    private final String release;

    /** One of this {@code release}. */
    public Doctor(String release) {
        this.release = release;
    }

    /**
     * What it finds, the machine first.
     *
     * @param servers finds the servers file, or fails with what is wrong with it
     * @param cache the cache's folder
     * @param data the folder of a server here
     */
    public List<Finding> examine(Supplier<ServersFile> servers, Path cache, Path data) {
        List<Finding> findings = new ArrayList<>();
        findings.add(MachineChecks.java());
        findings.add(MachineChecks.clock());
        findings.add(MachineChecks.folder("cache", cache));
        findings.add(MachineChecks.folder("data", data));
        findings.addAll(cell(servers));
        return List.copyOf(findings);
    }

    private List<Finding> cell(Supplier<ServersFile> servers) {
        ServersFile file;
        try {
            file = servers.get();
        } catch (FailureException e) {
            return List.of(Finding.bad(
                    "servers file", e.failure().message(), "correct it, or name another"));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.good("servers file", file.origin()));
        try (TcpTransport transport = new TcpTransport()) {
            List<Finding> found = new ServerChecks(
                            transport, WallClock.system(), BootTicker.system(), release)
                    .of(file);
            findings.addAll(found);
            if (found.stream().noneMatch(each -> each.health() != Finding.Health.BAD)) {
                findings.addAll(MachineChecks.ports());
            }
        }
        return findings;
    }
}
