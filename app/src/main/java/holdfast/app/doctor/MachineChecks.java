package holdfast.app.doctor;

import holdfast.app.config.ServersFile;
import holdfast.model.time.BootTicker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Whether this machine is fit: Java, clocks, ports, disks. */
final class MachineChecks {
    private static final int JAVA = 25;
    private static final int SYNCS = 5;
    private static final long FREE_MIN = 1L << 30;
    private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");
    private static final Set<String> ON_A_NETWORK =
            Set.of("nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "fuse.sshfs", "afs");

    private MachineChecks() {}

    static Finding java() {
        String text = "Java " + Runtime.version() + " in " + System.getProperty("java.home");
        return Runtime.version().feature() >= JAVA
                ? Finding.good("java", text)
                : Finding.bad("java", text, "install a JDK " + JAVA + ", or set JAVA_HOME");
    }

    static Finding clock() {
        return BootTicker.system().countsSuspend()
                ? Finding.good("clock", "counts the time in which the machine is suspended")
                : Finding.weak(
                        "clock",
                        "stops while the machine is suspended, so leases can't be measured then",
                        "don't suspend this machine while it uses a cell");
    }

    /** The default ports, where no servers file names others. */
    static List<Finding> ports() {
        List<Finding> findings = new ArrayList<>();
        for (int port : List.of(
                ServersFile.DIRECTORY_PORT, ServersFile.LOCKING_PORT, ServersFile.FILES_PORT)) {
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                findings.add(Finding.good("port " + port, "free for a server here"));
            } catch (IOException e) {
                findings.add(Finding.weak(
                        "port " + port,
                        "taken by another program: " + e.getMessage(),
                        "start servers here with --port, or stop that program"));
            }
        }
        return findings;
    }

    /** A folder for contents: made when it is absent, written to, and synced. */
    static Finding folder(String subject, Path folder) {
        try {
            Files.createDirectories(folder);
            FileStore store = Files.getFileStore(folder);
            double seconds = synced(folder);
            String text = String.format(
                    Locale.ROOT,
                    "%s, %s, %.1f GiB free, a synced write takes %.1f ms",
                    folder,
                    store.type(),
                    store.getUsableSpace() / (double) (1 << 30),
                    seconds * 1e3);
            return judged(subject, text, store);
        } catch (IOException e) {
            return Finding.bad(
                    subject,
                    folder + " can't be written: " + e.getMessage(),
                    "make it writable for this user, or name another folder");
        }
    }

    private static Finding judged(String subject, String text, FileStore store) throws IOException {
        if (store.getUsableSpace() < FREE_MIN) {
            return Finding.weak(subject, text, "free some space: less than 1 GiB is left");
        }
        if (IN_MEMORY.contains(store.type())) {
            return Finding.weak(
                    subject, text, "use a disk: this is memory, and gone after a reboot");
        }
        if (ON_A_NETWORK.contains(store.type())) {
            return Finding.weak(subject, text, "use a local disk: this one is on a network");
        }
        return Finding.good(subject, text);
    }

    /** Seconds of the fastest of some synced writes. */
    private static double synced(Path folder) throws IOException {
        Path probe = Files.createTempFile(folder, "doctor", ".probe");
        try (FileChannel file = FileChannel.open(probe, StandardOpenOption.WRITE)) {
            double least = Double.MAX_VALUE;
            for (int i = 0; i < SYNCS; i++) {
                long begin = System.nanoTime();
                file.write(ByteBuffer.allocate(4096), i * 4096L);
                file.force(true);
                least = Math.min(least, (System.nanoTime() - begin) / 1e9);
            }
            return least;
        } finally {
            Files.delete(probe);
        }
    }
}
