package holdfast.server.directory;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.volume.Zone;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;

/** What a server says of itself, checked. */
final class Registration {
    static final int DIRECTORIES_MAX = 1_024;
    private static final int TEXT_CHARS_MAX = 512;

    private Registration() {}

    static void check(RegisterServer asked) {
        text(asked.getServer(), "the server's id");
        text(asked.getAddress(), "the server's address");
        if (asked.getRole() == Role.FILES) {
            text(asked.getGroup(), "the replica group's id");
        } else if (asked.getRole() != Role.LOCKING) {
            throw invalid("only file and locking servers register");
        } else if (asked.getDirectoriesCount() > 0) {
            throw invalid("only file servers serve directories");
        }
        if (asked.getDirectoriesCount() > DIRECTORIES_MAX) {
            throw invalid("a server serves at most " + DIRECTORIES_MAX + " directories");
        }
        if (!Zone.isOne(asked.getZone()) && !asked.getZone().isEmpty()) {
            throw invalid(Zone.RULE);
        }
        if (asked.getRelease().length() > TEXT_CHARS_MAX) {
            throw invalid("a release's name that is too long");
        }
    }

    static Server server(RegisterServer asked) {
        return Server.newBuilder()
                .setServer(asked.getServer())
                .setRole(asked.getRole())
                .setAddress(asked.getAddress())
                .setGroup(asked.getGroup())
                .addAllDirectories(asked.getDirectoriesList())
                .setCapacityBytes(asked.getCapacityBytes())
                .setFreeBytes(asked.getFreeBytes())
                .setZone(asked.getZone())
                .setRelease(asked.getRelease())
                .build();
    }

    private static void text(String text, String what) {
        if (text.isEmpty() || text.length() > TEXT_CHARS_MAX) {
            throw invalid(what + " has from 1 to " + TEXT_CHARS_MAX + " characters");
        }
    }

    private static FailureException invalid(String why) {
        return FailureException.of(FailureCode.INVALID, why);
    }
}
