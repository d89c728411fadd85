package holdfast.app.cli;

import tools.jackson.databind.json.JsonMapper;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results on standard output: for people, or one JSON object a line. */
final class Output {
    private final PrintStream out;
    private final boolean json;

    Output(PrintStream out, boolean json) {
        this.out = out;
        this.json = json;
    }

    boolean json() {
        return json;
    }

    /** One line for people; nothing with {@code --json}. */
    void line(String text) {
        if (!json) {
            out.println(text);
        }
    }

    /** Names and values by turns, in an order that stays. */
    static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    /** One object, as a line of JSON or as {@code text}. */
    void object(Map<String, ?> fields, String text) {
        if (json) {
            out.println(Mapper.INSTANCE.writeValueAsString(fields));
        } else {
            out.println(text);
        }
    }

    /** A table: each row one JSON object, or a line with aligned columns under {@code headings}. */
    void table(List<String> headings, List<Row> rows) {
        if (json) {
            rows.forEach(row -> out.println(Mapper.INSTANCE.writeValueAsString(row.fields)));
            return;
        }
        List<List<String>> lines = new ArrayList<>();
        lines.add(headings);
        rows.forEach(row -> lines.add(row.cells));
        int[] widths = new int[headings.size()];
        lines.forEach(line -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        });
        lines.forEach(line -> out.println(aligned(line, widths)));
    }

    private static String aligned(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            line.append(cells.get(i));
            if (i < cells.size() - 1) {
                line.repeat(' ', widths[i] - cells.get(i).length() + 2);
            }
        }
        return line.toString();
    }

    /** Raw bytes, for contents. */
    PrintStream stream() {
        return out;
    }

    /** A row: what JSON says, and what people see. */
    record Row(Map<String, ?> fields, List<String> cells) {}

    /** Loaded only when JSON is asked for. */
    private static final class Mapper {
        static final JsonMapper INSTANCE = JsonMapper.builder().build();
    }
}
