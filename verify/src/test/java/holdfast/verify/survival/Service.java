package holdfast.verify.survival;

import java.util.List;
import java.util.stream.Stream;

/** A service with several members. */
enum Service {
    DIRECTORY("directory", 8002, 256),
    LOCKING("locking", 8004, 256),
    FILES("file", 8006, 3_000);

    private final String word;
    private final int port;
    private final int diskMebibytes;

    Service(String word, int port, int diskMebibytes) {
        this.word = word;
        this.port = port;
        this.diskMebibytes = diskMebibytes;
    }

    static Service of(String word) {
        return Stream.of(values())
                .filter(one -> one.word.equals(word))
                .findFirst()
                .orElseThrow();
    }

    /** At which port its members listen. */
    int port() {
        return port;
    }

    /** How large a member's disk is. */
    int diskMebibytes() {
        return diskMebibytes;
    }

    /** The command that starts a member whose data is in {@code data}. */
    List<String> command(String data, String config, String directories) {
        return switch (this) {
            case DIRECTORY -> List.of("directory-server", "--data", data);
            case LOCKING -> List.of("locking-server", "--data", data, "--directory", directories);
            case FILES -> List.of("file-server", "--config", config);
        };
    }
}
