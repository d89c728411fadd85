package holdfast.app.cli;

import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Stack;

/**
 * What stands behind {@code -o} in mount(8) and fstab(5), as options of {@code holdfast mount}. Of
 * the words that both know, the last one counts; those that tell only mount(8) or systemd
 * something, and those that describe what a mount is anyway, mean nothing here; any other is the
 * name of a long option, and is refused when there is none.
 */
final class MountWords implements IParameterPreprocessor {
    private static final Set<String> NOTHING = Set.of(
            "",
            "defaults",
            "auto",
            "noauto",
            "nofail",
            "_netdev",
            "user",
            "users",
            "nouser",
            "owner",
            "group",
            "async",
            "dirsync",
            "relatime",
            "norelatime",
            "noatime",
            "nodiratime",
            "nolazytime",
            "default_permissions",
            "subtype=holdfast");
    private static final List<String> NOTHING_FROM = List.of("x-", "X-", "comment=", "user=");

    /** Not for mount points: they concern the command alone. */
    private static final Set<String> COMMAND_ONLY =
            Set.of("--help", "--version", "--background", "--json");

    /** What mount(8) has words for and against. */
    private enum Switch {
        READ_ONLY("--read-only", "ro", "rw"),
        SETUID("--setuid", "suid", "nosuid"),
        DEVICES("--devices", "dev", "nodev"),
        NO_EXEC("--no-exec", "noexec", "exec");

        private final String option;
        private final String on;
        private final String off;

        Switch(String option, String on, String off) {
            this.option = option;
            this.on = on;
            this.off = off;
        }
    }

    @Override
    @SuppressWarnings("JdkObsolete") // picocli's
    public boolean preprocess(
            Stack<String> left, CommandSpec command, ArgSpec argument, Map<String, Object> info) {
        if (left.isEmpty()) {
            return false; // its parser says what is missing
        }
        List<String> options = options(left.pop(), command);
        Collections.reverse(options);
        options.forEach(left::push);
        return true;
    }

    static List<String> options(String words, CommandSpec command) {
        List<String> all = List.of(words.split(",", -1));
        boolean sloppy = all.contains("sloppy"); // mount -s
        Set<Switch> switches = EnumSet.noneOf(Switch.class);
        List<String> options = new ArrayList<>();
        for (String word : all) {
            if (!isNothing(word) && !turns(word, switches) && !word.equals("sloppy")) {
                String option = option(word);
                if (isKnown(option, command)) {
                    options.add(option);
                } else if (!sloppy) {
                    throw refused(word, command);
                }
            }
        }
        switches.forEach(each -> options.add(each.option));
        return options;
    }

    private static boolean isNothing(String word) {
        return NOTHING.contains(word) || NOTHING_FROM.stream().anyMatch(word::startsWith);
    }

    private static boolean turns(String word, Set<Switch> switches) {
        for (Switch each : Switch.values()) {
            if (word.equals(each.on)) {
                switches.add(each);
                return true;
            }
            if (word.equals(each.off)) {
                switches.remove(each);
                return true;
            }
        }
        return false;
    }

    private static String option(String word) {
        int end = word.indexOf('=');
        String name = end < 0 ? word : word.substring(0, end);
        String known = name.equals("fsname") ? "source" : name.replace('_', '-');
        return "--" + known + (end < 0 ? "" : word.substring(end));
    }

    private static boolean isKnown(String option, CommandSpec command) {
        String name = option.split("=", 2)[0];
        return !COMMAND_ONLY.contains(name) && command.optionsMap().containsKey(name);
    }

    private static ParameterException refused(String word, CommandSpec command) {
        return new ParameterException(
                command.commandLine(),
                word.equals("remount")
                        ? "a mount can't be changed while it is there: unmount it, then mount it"
                        : "unknown mount option '" + word + "'; 'holdfast mount --help' lists them,"
                                + " without their dashes they are mount options");
    }
}
