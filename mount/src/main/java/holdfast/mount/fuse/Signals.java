package holdfast.mount.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which signals wait for a program. The kernel tells of any signal, once for each request; but most
 * programs do not expect that a child's end or a timer's tick makes stat(2) or close(2) fail with
 * EINTR. So only those interrupt a request that end the program, or ask for its attention.
 */
final class Signals {
    private static final long ATTENTION = bits(1, 2, 3, 14, 15); // HUP INT QUIT ALRM TERM
    private static final long KILL = bits(9);
    private static final long HARMLESS = bits(17, 18, 23, 28); // CHLD CONT URG WINCH: ignored
    private static final long STOPS = bits(19, 20, 21, 22); // STOP TSTP TTIN TTOU

    private Signals() {}

    private static long bits(int... signals) {
        long bits = 0;
        for (int signal : signals) {
            bits |= 1L << (signal - 1);
        }
        return bits;
    }

    /** Whether a signal waits for {@code thread} that is to interrupt what it waits for. */
    static boolean interrupt(int thread) {
        long pending = 0;
        long blocked = 0;
        long ignored = 0;
        long caught = 0;
        try {
            for (String line : Files.readAllLines(Path.of("/proc", thread + "", "status"))) {
                switch (line.substring(0, Math.max(0, line.indexOf(':')))) {
                    case "SigPnd", "ShdPnd" -> pending |= mask(line);
                    case "SigBlk" -> blocked = mask(line);
                    case "SigIgn" -> ignored = mask(line);
                    case "SigCgt" -> caught = mask(line);
                    default -> {}
                }
            }
        } catch (IOException e) {
            return true; // it is gone, or of another namespace
        }
        long delivered = pending & ~blocked & ~ignored;
        long ends = delivered & ~caught & ~HARMLESS & ~STOPS;
        return (ends | (delivered & ATTENTION) | (pending & KILL)) != 0;
    }

    private static long mask(String line) {
        return Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1).strip(), 16);
    }
}
