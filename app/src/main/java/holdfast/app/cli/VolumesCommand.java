package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.Administration.VolumeInfo;
import holdfast.client.files.Cell.Administration.Where;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Shows and changes volumes. */
@Command(
        name = "volumes",
        description = "Show which directories are volumes, and on which servers.",
        subcommands = {
            VolumesCommand.Show.class,
            VolumesCommand.Create.class,
            VolumesCommand.Move.class,
            VolumesCommand.Remove.class,
            VerifyCommand.class,
            VerifyCommand.Scrub.class
        },
        footer = {
            "  holdfast volumes create /home/media --quota 100GiB",
            "  holdfast volumes move /home/media /media",
            "  holdfast volumes remove /media",
            "  holdfast volumes verify /home"
        })
final class VolumesCommand extends ClientCommand {
    @Override
    int run(Cell cell, Output out) throws IOException {
        return show(cell, out);
    }

    private static int show(Cell cell, Output out) throws IOException {
        List<Output.Row> rows = new ArrayList<>();
        for (VolumeInfo volume : cell.administration().volumes()) {
            rows.add(new Output.Row(
                    fields(volume),
                    List.of(
                            volume.path().toString(),
                            String.valueOf(volume.number()),
                            volume.server(),
                            volume.quota() == 0 ? "-" : People.size(volume.quota()))));
        }
        out.table(List.of("PATH", "NUMBER", "SERVER", "QUOTA"), rows);
        return ExitCodes.DONE;
    }

    private static Map<String, Object> fields(VolumeInfo volume) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("path", volume.path().toString());
        fields.put("number", volume.number());
        fields.put("group", volume.group());
        fields.put("server", volume.server());
        fields.put("quotaBytes", volume.quota());
        return fields;
    }

    private static int say(Output out, VolumeInfo volume, String what) {
        out.object(
                fields(volume),
                volume.path() + ": " + what + " (volume " + volume.number() + " on "
                        + volume.server() + ")");
        return ExitCodes.DONE;
    }

    /** Shows them, as without a subcommand. */
    @Command(
            name = "list",
            description = "Show which directories are volumes, and on which servers.",
            footer = "  holdfast volumes list --json")
    static final class Show extends ClientCommand {
        @Override
        int run(Cell cell, Output out) throws IOException {
            return show(cell, out);
        }
    }

    /** Makes one. */
    @Command(
            name = "create",
            description = "Make a volume and mount it.",
            footer = {
                "  holdfast volumes create /home/media --quota 100GiB",
                "  holdfast volumes create /home/media --group 3f2a"
            })
    static final class Create extends ClientCommand {
        @Option(
                names = "--server",
                paramLabel = "ID",
                description = "Id or address of the file server whose group is to hold it.")
        @Nullable
        String server;

        @Option(
                names = "--group",
                paramLabel = "ID",
                description = "The beginning of the id of the replica group that is to hold it"
                        + " (default: the one with the most room).")
        @Nullable
        String group;

        @Option(
                names = "--quota",
                paramLabel = "SIZE",
                converter = People.SizeConverter.class,
                defaultValue = "0",
                description = "The most it may hold (default: no bound).")
        long quota;

        @Parameters(paramLabel = "PATH", description = "Where it shall be.")
        String path = "/";

        @Override
        int run(Cell cell, Output out) throws IOException {
            if (server != null && group != null) {
                throw FailureException.of(
                        FailureCode.INVALID, "--server and --group exclude each other");
            }
            Where where = new Where(Optional.ofNullable(server), Optional.ofNullable(group));
            return say(out, cell.administration().createVolume(path(path), where, quota), "made");
        }
    }

    /** Mounts one elsewhere. */
    @Command(
            name = "move",
            description = "Mount a volume at another directory.",
            footer = "  holdfast volumes move /home/media /media")
    static final class Move extends ClientCommand {
        @Parameters(index = "0", paramLabel = "FROM", description = "Where it is mounted.")
        String from = "/";

        @Parameters(index = "1", paramLabel = "TO", description = "Where it shall be.")
        String to = "/";

        @Override
        int run(Cell cell, Output out) throws IOException {
            return say(out, cell.administration().moveMount(path(from), path(to)), "mounted here");
        }
    }

    /** Removes one. */
    @Command(
            name = "remove",
            description = "Remove a volume; refused while it holds files, unless told otherwise.",
            footer = "  holdfast volumes remove /media")
    static final class Remove extends ClientCommand {
        @Option(names = "--with-contents", description = "Even if it holds files: they are lost.")
        boolean withContents;

        @Parameters(paramLabel = "PATH", description = "Where it is mounted.")
        String path = "/";

        @Override
        int run(Cell cell, Output out) throws IOException {
            cell.administration().removeVolume(path(path), withContents);
            out.object(Output.fields("path", path), path + ": removed");
            return ExitCodes.DONE;
        }
    }
}
