package holdfast.app.cli;

import holdfast.app.cell.Surroundings;

import picocli.CommandLine.Option;

import java.util.List;

/** Who administers the cell, for the commands that run its directory server. */
final class AdministratorOptions {
    @Option(
            names = "--admin",
            paramLabel = "USER",
            description =
                    "A user who may change volumes and servers and break locks, besides root and"
                            + " who runs this; may be repeated.")
    List<String> users = List.of();

    Surroundings in(Surroundings surroundings) {
        return surroundings.withAdministrators(users);
    }
}
