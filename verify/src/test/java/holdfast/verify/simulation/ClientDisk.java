package holdfast.verify.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A client's cache folder when its machine boots after the power was lost. */
record ClientDisk(Path cache) {
    private static final int BOOT_ID_LINE = 1;

    /** Another boot; contents that were not synced are torn by chance, and look as before. */
    void boot(Random chance) {
        try {
            Path state = cache.resolve("state");
            if (Files.exists(state)) {
                List<String> lines = Files.readAllLines(state);
                lines.set(BOOT_ID_LINE, "boot-" + chance.nextInt(Integer.MAX_VALUE));
                Files.write(state, lines);
            }
            if (Files.exists(cache.resolve("objects")) && !Files.exists(cache.resolve("clean"))) {
                for (Path object : objects()) {
                    if (chance.nextBoolean()) {
                        tear(object);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> objects() throws IOException {
        try (Stream<Path> all = Files.walk(cache.resolve("objects"))) {
            return all.filter(Files::isRegularFile)
                    .filter(path -> !path.toString().endsWith(".m"))
                    .sorted()
                    .toList();
        }
    }

    private static void tear(Path object) throws IOException {
        FileTime modified = Files.getLastModifiedTime(object);
        boolean writable = object.toFile().setWritable(true);
        byte[] bytes = Files.readAllBytes(object);
        Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0);
        Files.write(object, bytes);
        boolean readOnly = object.toFile().setWritable(false);
        if (!writable || !readOnly) {
            throw new IOException("the permissions of " + object + " can't be changed");
        }
        Files.setLastModifiedTime(object, modified);
    }
}
