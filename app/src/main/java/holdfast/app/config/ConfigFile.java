package holdfast.app.config;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.json.JsonFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A JSON object in a file, whose keys are known beforehand and whose values are strings or lists of
 * strings. Every fault is one line with the file, the line and what was expected.
 */
final class ConfigFile {
    private static final long BYTES_MAX = 1 << 20;

    private record Field(int line, List<String> values, boolean list) {}

    private final Path file;
    private final Map<String, Field> fields = new LinkedHashMap<>();

    private ConfigFile(Path file) {
        this.file = file;
    }

    /** Reads {@code file}, which may have only the keys {@code known}. */
    static ConfigFile read(Path file, List<String> known) {
        ConfigFile config = new ConfigFile(file);
        try (JsonParser json = new JsonFactory()
                .createParser(tools.jackson.core.ObjectReadContext.empty(), text(file))) {
            config.readObject(json, known);
        } catch (JacksonException e) {
            throw config.wrong(
                    e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                    "not JSON: " + e.getOriginalMessage());
        }
        return config;
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw misconfigured(file + ": larger than 1 MiB; expected a small JSON file");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw misconfigured(file + ": no such file; expected a JSON file");
        } catch (IOException e) {
            throw misconfigured(file + ": can't be read: " + e.getMessage());
        }
    }

    private void readObject(JsonParser json, List<String> known) {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw wrong(line(json), "expected an object: { ... }");
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            int at = line(json);
            if (!known.contains(key)) {
                throw wrong(
                        at, "unknown key \"" + key + "\"; expected " + String.join(", ", known));
            }
            json.nextToken();
            if (fields.put(key, value(json, key, at)) != null) {
                throw wrong(at, "\"" + key + "\" stands there twice");
            }
        }
        if (json.nextToken() != null) {
            throw wrong(line(json), "something follows the object");
        }
    }

    private Field value(JsonParser json, String key, int at) {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            return new Field(at, List.of(json.getString()), false);
        }
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw wrong(at, "\"" + key + "\" must be a string or a list of strings");
        }
        List<String> values = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw wrong(line(json), "\"" + key + "\" must be a list of strings");
            }
            values.add(json.getString());
        }
        return new Field(at, List.copyOf(values), true);
    }

    private static int line(JsonParser json) {
        return json.currentTokenLocation().getLineNr();
    }

    /** The one string at {@code key}; it must be there. */
    String string(String key, String example) {
        return optional(key)
                .orElseThrow(() ->
                        wrong(1, "\"" + key + "\" is missing; expected something like " + example));
    }

    /** The one string at {@code key}. */
    Optional<String> optional(String key) {
        Optional<Field> field = Optional.ofNullable(fields.get(key));
        field.filter(Field::list).ifPresent(f -> {
            throw wrong(f.line, "\"" + key + "\" must be one string");
        });
        return field.map(f -> f.values.getFirst());
    }

    /** The strings at {@code key}, one or a list; empty when it is not there. */
    List<String> strings(String key) {
        Field field = fields.get(key);
        return field == null ? List.of() : field.values;
    }

    /** A failure that names the file and the line of {@code key}. */
    FailureException wrong(String key, String why) {
        Field field = fields.get(key);
        return wrong(field == null ? 1 : field.line, why);
    }

    private FailureException wrong(int line, String why) {
        return misconfigured(file + ", line " + Math.max(line, 1) + ": " + why);
    }

    private static FailureException misconfigured(String message) {
        return Failure.of(FailureCode.MISCONFIGURED, message.replaceAll("\\s*\\R\\s*", " "))
                .exception();
    }
}
