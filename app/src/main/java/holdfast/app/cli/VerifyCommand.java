package holdfast.app.cli;

import holdfast.client.files.Cell;
import holdfast.client.files.VerifiedMember;
import holdfast.client.files.VerifiedMember.Finding;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Compares the members that hold a volume with each other. */
@Command(
        name = "verify",
        description = {
            "Compare all replicas of a volume at one moment, by hash: names, attributes and"
                    + " contents, each chunk read from its disk.",
            "Ends with 7 when one differs or something is damaged, with 5 when one is behind"
                    + " or away.",
        },
        footer = {
            "  holdfast volumes verify /home",
            "  holdfast volumes verify /home --rate 50MiB --json",
            "  holdfast volumes scrub /home"
        })
class VerifyCommand extends ClientCommand {
    private static final String CLEAR = "\r\u001b[K";

    @Option(
            names = "--rate",
            paramLabel = "SIZE",
            converter = People.SizeConverter.class,
            defaultValue = "100MiB",
            description =
                    "How much each server may read in a second; 0: as much as it can (default:"
                            + " ${DEFAULT-VALUE}).")
    long rate;

    @Parameters(paramLabel = "PATH", description = "Where it is mounted.")
    String path = "/";

    /** Whether to mend what is found. */
    boolean repair() {
        return false;
    }

    @Override
    final int run(Cell cell, Output out) throws IOException {
        boolean shown = terminal();
        List<VerifiedMember> members = cell.administration()
                .verifyVolume(path(path), rate, repair(), text -> {
                    if (shown) {
                        err.print(CLEAR + text);
                        err.flush();
                    }
                });
        if (shown) {
            err.print(CLEAR);
            err.flush();
        }
        List<Output.Row> rows = new ArrayList<>();
        members.forEach(member -> rows.add(new Output.Row(fields(member), cells(member))));
        out.table(List.of("MEMBER", "STATE", "ROWS", "CHUNKS", "SIZE"), rows);
        members.forEach(member ->
                member.problems().forEach(each -> out.line("  " + member.address() + ": " + each)));
        return exitCode(members);
    }

    private static int exitCode(List<VerifiedMember> members) {
        int code = ExitCodes.DONE;
        for (VerifiedMember member : members) {
            switch (member.finding()) {
                case IDENTICAL, MENDED -> {}
                case DIFFERS, DAMAGED -> code = ExitCodes.DAMAGED;
                case BEHIND, AWAY -> code = code == ExitCodes.DAMAGED ? code : ExitCodes.TEMPORARY;
            }
        }
        return code;
    }

    private static List<String> cells(VerifiedMember member) {
        return List.of(
                member.address().isEmpty() ? "-" : member.address(),
                state(member),
                String.valueOf(member.rows()),
                String.valueOf(member.chunks()),
                People.size(member.bytes()));
    }

    private static String state(VerifiedMember member) {
        List<String> words = new ArrayList<>();
        words.add(member.finding().name().toLowerCase(Locale.ROOT));
        if (member.finding() == Finding.BEHIND) {
            words.add("by " + People.count(member.behind(), "entry"));
        }
        if (member.lacking() > 0) {
            words.add("lacks " + People.count(member.lacking(), "chunk"));
        }
        if (member.damaged() > 0) {
            words.add(People.count(member.damaged(), "damaged chunk"));
        }
        if (member.mended() > 0) {
            words.add(member.mended() + " mended");
        }
        return String.join(", ", words);
    }

    private static Map<String, Object> fields(VerifiedMember member) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", member.address());
        fields.put("finding", member.finding().name().toLowerCase(Locale.ROOT));
        fields.put("rows", member.rows());
        fields.put("chunks", member.chunks());
        fields.put("bytes", member.bytes());
        fields.put("behind", member.behind());
        fields.put("lacking", member.lacking());
        fields.put("damaged", member.damaged());
        fields.put("mended", member.mended());
        fields.put("problems", member.problems());
        return fields;
    }

    /** The same, and mends. */
    @Command(
            name = "scrub",
            description = "The same as 'verify', and bring what is damaged or lacking from another"
                    + " replica. What no replica has any more is named; reads of it fail.",
            footer = {
                "  holdfast volumes scrub /home",
                "  holdfast volumes scrub /home --rate 50MiB"
            })
    static final class Scrub extends VerifyCommand {
        @Override
        boolean repair() {
            return true;
        }
    }
}
