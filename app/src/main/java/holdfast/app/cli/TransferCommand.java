package holdfast.app.cli;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;

import picocli.CommandLine.Option;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** What {@code put} and {@code get} share: files or trees, several at once, equal ones skipped. */
abstract class TransferCommand extends ClientCommand {
    private static final int AT_ONCE_MAX = 256;

    @Option(
            names = {"-r", "-R", "--recursive"},
            description = "Directories with all below them.")
    boolean recursive;

    @Option(names = "--all", description = "Also what seems to be there already.")
    boolean all;

    @Option(
            names = {"-n", "--dry-run"},
            description = "Only say what would be done.")
    boolean dryRun;

    @Option(
            names = {"-j", "--at-once"},
            paramLabel = "N",
            defaultValue = "16",
            description = "Transfers at once (default: ${DEFAULT-VALUE}).")
    int atOnce = Transfers.STANDARD;

    private final AtomicLong skipped = new AtomicLong();

    @Override
    final boolean oneShot() {
        return !recursive;
    }

    final Transfers transfers() {
        return new Transfers(Math.clamp(atOnce, 1, AT_ONCE_MAX));
    }

    /** A directory can be moved only when that was said. */
    final void requireRecursive(String command, String directory) {
        if (!recursive) {
            throw Failure.of(FailureCode.IS_A_DIRECTORY, "a directory; use " + command + " -r")
                    .at(directory)
                    .exception();
        }
    }

    /** One more file that is there already. */
    final void skip() {
        skipped.incrementAndGet();
    }

    /** What was done, after {@code fields} of the command's own. */
    final void summary(Output out, Map<String, Object> fields, Progress progress) {
        Map<String, Object> all = new LinkedHashMap<>(fields);
        all.put("files", progress.files());
        all.put("bytes", progress.bytes());
        all.put("skipped", skipped.get());
        String already = skipped.get() == 0
                ? ""
                : "; " + People.count(skipped.get(), "file") + " already there";
        out.object(all, progress.text() + already);
    }
}
