package holdfast.app.cli;

import holdfast.app.config.Folders;
import holdfast.app.config.ServersFile;
import holdfast.app.doctor.Doctor;
import holdfast.app.doctor.Finding;
import holdfast.app.doctor.Finding.Health;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Says what is wrong, and what to do. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Check Java, clock, disks, ports, the servers file, and whether each server answers;",
            "say what to do. Ends with 2 when something keeps the cell from working."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  holdfast doctor", "  holdfast doctor --servers /etc/holdfast/servers.json"})
final class DoctorCommand implements Callable<Integer> {
    @Option(
            names = "--servers",
            paramLabel = "FILE",
            description =
                    "Servers file (default: $HOLDFAST_SERVERS, ./servers.json, then the user's"
                            + " configuration).")
    @Nullable
    Path servers;

    @Option(
            names = "--cache",
            paramLabel = "DIR",
            description = "Cache folder (default: $HOLDFAST_CACHE, then the user's cache folder).")
    @Nullable
    Path cache;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data folder of a server here (default: the user's data folder).")
    @Nullable
    Path data;

    @Option(names = "--json", description = "One JSON object for each finding, one a line.")
    boolean json;

    @Option(names = "--debug", description = "Show stack traces and the log.")
    boolean debug;

    @Override
    public Integer call() {
        Folders folders = Folders.of(System.getenv());
        List<Finding> findings = new Doctor(Release.version())
                .examine(
                        () -> ServersFile.find(
                                Optional.ofNullable(servers), System.getenv(), Path.of("")),
                        Optional.ofNullable(cache).orElse(folders.cache()),
                        Optional.ofNullable(data).orElse(folders.data()));
        Output out = new Output(System.out, json);
        for (Finding finding : findings) {
            out.object(fields(finding), text(finding));
        }
        boolean fit = findings.stream().noneMatch(each -> each.health() == Health.BAD);
        return fit ? ExitCodes.DONE : ExitCodes.OTHER;
    }

    private static Map<String, Object> fields(Finding finding) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("subject", finding.subject());
        fields.put("health", finding.health().name().toLowerCase(Locale.ROOT));
        fields.put("text", finding.text());
        fields.put("advice", finding.advice());
        return fields;
    }

    private static String text(Finding finding) {
        String line = "%-5s %s: %s"
                .formatted(
                        switch (finding.health()) {
                            case GOOD -> "ok";
                            case WEAK -> "weak";
                            case BAD -> "BAD";
                        },
                        finding.subject(),
                        finding.text());
        return finding.advice().isEmpty() ? line : line + "\n      -> " + finding.advice();
    }
}
