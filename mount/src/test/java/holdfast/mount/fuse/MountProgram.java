package holdfast.mount.fuse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** A process that holds a mount of {@link MemoryFiles} until its input ends. */
final class MountProgram {
    private MountProgram() {}

    /** The directory; the words of what it has to say are one line each. */
    public static void main(String[] arguments) throws IOException {
        MemoryFiles files = new MemoryFiles();
        files.put("file", "from afar\n");
        files.node(Entry.ROOT).user = LibC.user();
        MountOptions options = MountOptions.usual("memory", "holdfast-test")
                .with(Set.of(MountOptions.Flag.DEFAULT_PERMISSIONS));
        try (FuseMount mount = FuseMount.mount(Path.of(arguments[0]), files, options)) {
            System.out.println(
                    "mounted passthrough=" + mount.features().contains(Feature.PASSTHROUGH));
            while (System.in.read() >= 0) {}
        }
        System.out.println("unmounted");
    }
}
