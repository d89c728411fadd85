package holdfast.client.cache;

import holdfast.model.chunk.ContentId;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Where everything lies in the cache folder; {@code docs/formats.md} describes the files. */
record Folder(Path root) {
    private static final int SHARDS = 256;

    /** Makes the folders that are missing, for this user only. */
    void make() throws IOException {
        Files.createDirectories(root);
        if (Files.getFileStore(root).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
        }
        for (Path folder : List.of(objects(), partial(), open(), work(), notes())) {
            Files.createDirectories(folder);
        }
    }

    Path state() {
        return root.resolve("state");
    }

    Path clean() {
        return root.resolve("clean");
    }

    Path usage() {
        return root.resolve("usage");
    }

    Path lock() {
        return root.resolve("lock");
    }

    Path objects() {
        return root.resolve("objects");
    }

    Path partial() {
        return root.resolve("partial");
    }

    Path open() {
        return root.resolve("open");
    }

    Path work() {
        return root.resolve("work");
    }

    Path notes() {
        return root.resolve("notes");
    }

    /** The folder of the objects whose names start with the same byte. */
    Path shard(ContentId id) {
        return objects().resolve(id.hex().substring(0, 2));
    }

    /** All of those folders that may exist. */
    List<Path> shards() {
        List<Path> all = new ArrayList<>(SHARDS);
        for (int i = 0; i < SHARDS; i++) {
            all.add(objects().resolve(String.format("%02x", i)));
        }
        return all;
    }

    /** The whole contents {@code id}. */
    Path object(ContentId id) {
        return shard(id).resolve(id.hex());
    }

    /** Their manifest, when they are not inline. */
    Path manifest(ContentId id) {
        return shard(id).resolve(id.hex() + ".m");
    }

    /** Contents of which some pieces are here: a folder with {@code data} and {@code map}. */
    Path partial(ContentId id) {
        return partial().resolve(id.hex());
    }

    /** What was last known of the contents whose names start with the same digit. */
    Path notes(ContentId id) {
        return notes().resolve(id.hex().substring(0, 1));
    }
}
