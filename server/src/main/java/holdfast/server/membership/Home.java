package holdfast.server.membership;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.server.folder.DataFolder;
import holdfast.server.folder.SmallFile;
import holdfast.wire.transport.Address;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The group of a data folder: its own, which it founded and which has the folder's id, or one that
 * others founded, which the file {@code group} in it names.
 *
 * @param founders where others of the group were when this folder was given to it; empty for a
 *     group of its own
 * @param member whether it is known to have been taken in
 */
public record Home(UUID group, List<Address> founders, boolean member) {
    private static final String FILE = "group";
    private static final String MEMBER = "member";
    private static final String LEAVING = "leaving";
    private static final Set<String> KEPT = Set.of(FILE, "identity", "lock");

    public Home {
        founders = List.copyOf(founders);
    }

    /**
     * A group that is to take in a server with an empty folder.
     *
     * @param members where some of its members are
     */
    public record Invitation(UUID group, List<Address> members) {
        public Invitation {
            members = List.copyOf(members);
        }
    }

    /** Whether nobody has said yet to which group {@code folder} belongs. */
    public static boolean isOpen(DataFolder folder) {
        return !Files.exists(folder.path().resolve(FILE)) && !hasLog(folder);
    }

    private static boolean hasLog(DataFolder folder) {
        return Files.exists(folder.path().resolve("log"));
    }

    /**
     * The folder's group.
     *
     * @param invitation to the group that an empty folder is to join; empty: it founds its own. Not
     *     asked for when the folder has its group already
     */
    public static Home of(DataFolder folder, Supplier<Optional<Invitation>> invitation) {
        Optional<byte[]> written = SmallFile.read(folder.path().resolve(FILE));
        if (written.isPresent()) {
            String text = new String(written.get(), StandardCharsets.UTF_8);
            if (!text.contains(LEAVING)) {
                return parse(folder.path(), text);
            }
            Home next = parse(folder.path(), text.replace(LEAVING, ""));
            empty(folder.path());
            next.write(folder.path());
            return next;
        }
        Home own = new Home(folder.id(), List.of(), true);
        return hasLog(folder)
                ? own
                : invitation
                        .get()
                        .map(to -> {
                            Home home = new Home(to.group(), to.members(), false);
                            home.write(folder.path());
                            return home;
                        })
                        .orElse(own);
    }

    /**
     * Notes that {@code folder} has left its group, of which nothing is needed any more, for
     * another one. It is emptied when it is opened the next time; durable when this returns.
     */
    public static void leave(DataFolder folder, Invitation to) {
        new Home(to.group(), to.members(), false).write(folder.path(), LEAVING);
    }

    private static void empty(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            for (Path each : all.toList()) {
                if (!KEPT.contains(each.getFileName().toString())) {
                    delete(each);
                }
            }
        } catch (IOException e) {
            throw new FailureException(
                    Failure.of(
                            FailureCode.LOCAL_IO, folder + " can't be emptied: " + e.getMessage()),
                    e);
        }
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> tree = Files.walk(path)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    /** MISCONFIGURED when {@code folder} founded a group, so that it can't join another one. */
    public static void requireNoGroupOfItsOwn(DataFolder folder) {
        if (hasLog(folder) && !Files.exists(folder.path().resolve(FILE))) {
            throw FailureException.of(
                    FailureCode.MISCONFIGURED,
                    "the data folder " + folder.path()
                            + " has a group of its own; only an empty one can join others");
        }
    }

    private static Home parse(Path folder, String text) {
        try {
            List<String> words = new ArrayList<>(List.of(text.strip().split("\\s+")));
            UUID group = UUID.fromString(words.removeFirst());
            boolean member = words.remove(MEMBER);
            return new Home(group, words.stream().map(Address::parse).toList(), member);
        } catch (IllegalArgumentException | FailureException e) {
            throw FailureException.of(
                    FailureCode.DAMAGED,
                    folder.resolve(FILE) + " does not name a group: " + e.getMessage());
        }
    }

    /** Whether this folder founded its group. */
    public boolean founded() {
        return founders.isEmpty();
    }

    /** Notes in {@code folder} that the group has taken it in. */
    void takenIn(Path folder) {
        new Home(group, founders, true).write(folder);
    }

    private void write(Path folder) {
        write(folder, "");
    }

    private void write(Path folder, String state) {
        StringBuilder text = new StringBuilder(group.toString()).append('\n');
        if (!state.isEmpty()) {
            text.append(state).append('\n');
        }
        if (member) {
            text.append(MEMBER).append('\n');
        }
        founders.forEach(at -> text.append(at).append('\n'));
        SmallFile.write(folder.resolve(FILE), text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
