package holdfast.client.testing;

import holdfast.server.files.FileService;
import holdfast.wire.transport.Address;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A directory server, a locking server and two file servers with the volumes {@code /} and
 * {@code /home}, in this process, with real disks below one folder and the loopback network between
 * them.
 */
public final class TestingCell implements AutoCloseable {
    private final TestingServer directory;
    private final TestingServer locking;
    private final TestingServer filesOfRoot;
    private final TestingServer filesOfHome;

    /** What tests shorten. */
    public record Settings(FileService.Settings files, Duration sessionTime) {
        /** As in production. */
        public static final Settings STANDARD =
                new Settings(FileService.Settings.STANDARD, Duration.ofSeconds(10));
    }

    private TestingCell(Path folder, Settings settings) throws Exception {
        directory = new TestingDirectory(folder.resolve("directory"));
        directory.start();
        Address at = directory.address();
        locking = new TestingLocking(folder.resolve("locking"), at, settings.sessionTime());
        locking.start();
        filesOfRoot = new TestingFiles(folder.resolve("files-1"), at, "/", settings.files());
        filesOfRoot.start();
        filesOfHome = new TestingFiles(folder.resolve("files-2"), at, "/home", settings.files());
        filesOfHome.start();
    }

    /** Starts it, founding what is not in {@code folder} yet. */
    public static TestingCell start(Path folder, Settings settings) throws Exception {
        return new TestingCell(folder, settings);
    }

    public TestingServer directory() {
        return directory;
    }

    public TestingServer locking() {
        return locking;
    }

    /** The file server of {@code /}. */
    public TestingServer filesOfRoot() {
        return filesOfRoot;
    }

    public TestingServer filesOfHome() {
        return filesOfHome;
    }

    /** How many changes were committed by all servers, but for their own upkeep. */
    public long commits() {
        return directory.commits()
                + locking.commits()
                + filesOfRoot.commits()
                + filesOfHome.commits();
    }

    /** Where clients find it. */
    public String address() {
        return directory.address().toString();
    }

    @Override
    public void close() throws Exception {
        for (TestingServer each : List.of(filesOfHome, filesOfRoot, locking, directory)) {
            each.close();
        }
    }
}
