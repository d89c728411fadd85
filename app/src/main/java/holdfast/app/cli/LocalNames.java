package holdfast.app.cli;

import holdfast.model.path.Name;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Local names as bytes, and back. A local name need not be text, so that it can't always be a
 * string; the URI of a path has its bytes as they are.
 */
final class LocalNames {
    private static final char NO_TEXT = '\ufffd';

    private LocalNames() {}

    /** The last name of {@code path}, which has one. */
    static Name last(Path path) {
        return Name.of(bytes(path.getName(path.getNameCount() - 1)));
    }

    /** The path of {@code name} in the local folder {@code folder}. */
    static Path in(Path folder, Name name) {
        return folder.resolve(one(name.bytes()));
    }

    /** The bytes of a relative or absolute path, such as a symbolic link's target. */
    static byte[] bytes(Path path) {
        String text = path.toString();
        if (text.indexOf(NO_TEXT) < 0) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < path.getNameCount(); i++) {
            if (i > 0 || path.isAbsolute()) {
                all.write('/');
            }
            all.writeBytes(bytesOfOne(path.getName(i)));
        }
        return all.toByteArray();
    }

    /** The path with these bytes. */
    static Path path(byte[] bytes) {
        Path path = Path.of(bytes[0] == '/' ? "/" : "");
        int start = 0;
        for (int at = 0; at <= bytes.length; at++) {
            if (at == bytes.length || bytes[at] == '/') {
                if (at > start) {
                    path = path.resolve(one(Arrays.copyOfRange(bytes, start, at)));
                }
                start = at + 1;
            }
        }
        return path;
    }

    private static byte[] bytesOfOne(Path name) {
        String raw = name.toUri().getRawPath();
        String whole = raw.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
        String last = whole.substring(whole.lastIndexOf('/') + 1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int at = 0; at < last.length(); at++) {
            if (last.charAt(at) == '%') {
                bytes.write(HexFormat.fromHexDigits(last, at + 1, at + 3));
                at += 2;
            } else {
                bytes.write(last.charAt(at));
            }
        }
        return bytes.toByteArray();
    }

    private static Path one(byte[] name) {
        StringBuilder uri = new StringBuilder("file:///");
        boolean ascii = true;
        for (byte each : name) {
            uri.append('%').append(HexFormat.of().toHexDigits(each));
            ascii &= each > 0;
        }
        return ascii
                ? Path.of(new String(name, StandardCharsets.US_ASCII))
                : Path.of(URI.create(uri.toString())).getFileName();
    }
}
