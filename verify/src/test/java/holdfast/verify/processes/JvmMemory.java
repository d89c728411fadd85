package holdfast.verify.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What a JVM uses, in KiB, after a collection of all garbage.
 *
 * @param heap used in the heap
 * @param resident in memory, with all that is outside the heap
 */
public record JvmMemory(long heap, long resident) {
    private static final Pattern HEAP =
            Pattern.compile("(?:DefNew|Tenured) +total \\d+K, used (\\d+)K");

    /** Collects, and measures {@code process}; {@code folder} is for what the tools say. */
    public static JvmMemory of(LocalProcess process, Path folder) {
        String pid = String.valueOf(process.pid());
        said(folder, pid, "GC.run");
        long heap = HEAP.matcher(said(folder, pid, "GC.heap_info"))
                .results()
                .mapToLong(JvmMemory::number)
                .sum();
        assertThat(heap).isPositive();
        return new JvmMemory(heap, process.residentBytes() >> 10);
    }

    private static long number(MatchResult match) {
        return Long.parseLong(match.group(1));
    }

    private static String said(Path folder, String pid, String command) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        LocalProcess process = LocalProcess.program(folder, jcmd, pid, command);
        assertThat(process.awaitEnd()).as(process.out() + process.err()).isZero();
        return process.out();
    }
}
