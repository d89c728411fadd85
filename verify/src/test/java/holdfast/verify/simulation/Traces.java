package holdfast.verify.simulation;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Writes stack traces into texts. */
final class Traces {
    private Traces() {}

    static String of(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
