package holdfast.verify.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.id.FileId;
import holdfast.model.lock.FencingToken;
import holdfast.server.table.MemoryTable;
import holdfast.server.volume.VolumeReader;
import holdfast.server.volume.VolumeState;
import holdfast.verify.simulation.Event.Request;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Entry;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Token;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the log says: the volume after each of its commands, and where each request was committed.
 * Commands that share an entry count one by one, since one may have been answered before another.
 */
public final class Truth {
    private static final Caller ROOT =
            Caller.newBuilder().setUser("root").addGroups("root").build();

    /** The volume at one moment: what can be reached from its root. */
    record View(
            long root, Map<Long, Attributes> nodes, Map<Long, SortedMap<String, Long>> entries) {
        static final View EMPTY = new View(0, Map.of(), Map.of());

        Set<Fact<?>> facts() {
            Set<Fact<?>> facts = new HashSet<>();
            facts.add(Fact.ROOT);
            nodes.keySet().forEach(file -> facts.add(Fact.node(file)));
            entries.forEach((folder, names) -> {
                facts.add(Fact.entries(folder));
                names.keySet().forEach(name -> facts.add(Fact.name(folder, name)));
            });
            return facts;
        }
    }

    /** Something that the volume says, which may change. */
    sealed interface Fact<F> {
        /** The vnode at the root. */
        Fact<Long> ROOT = new Root();

        Optional<F> in(View view);

        /** What a vnode is like. */
        static Fact<Attributes> node(long file) {
            return new Node(file);
        }

        /** The names in a directory, and where they lead. */
        static Fact<SortedMap<String, Long>> entries(long folder) {
            return new Names(folder);
        }

        /** Where one name in a directory leads. */
        static Fact<Long> name(long folder, String name) {
            return new OneName(folder, name);
        }
    }

    private record Root() implements Fact<Long> {
        @Override
        public Optional<Long> in(View view) {
            return view.root == 0 ? Optional.empty() : Optional.of(view.root);
        }
    }

    private record Node(long file) implements Fact<Attributes> {
        @Override
        public Optional<Attributes> in(View view) {
            return Optional.ofNullable(view.nodes.get(file));
        }
    }

    private record Names(long folder) implements Fact<SortedMap<String, Long>> {
        @Override
        public Optional<SortedMap<String, Long>> in(View view) {
            return Optional.ofNullable(view.entries.get(folder));
        }
    }

    private record OneName(long folder, String name) implements Fact<Long> {
        @Override
        public Optional<Long> in(View view) {
            return Optional.ofNullable(view.entries.get(folder)).map(names -> names.get(name));
        }
    }

    /** What a fact became by the command after {@code index} others; nothing: it is no more. */
    record Change<F>(int index, Optional<F> to) {}

    /** A command that was carried out, after {@code index} others. */
    record Done(int index, VolumeCommand command, VolumeOutcome outcome) {}

    private final VolumeState state = new VolumeState(new MemoryTable());
    private View view = View.EMPTY;
    private int tokensNoted;
    private final Map<Fact<?>, List<Change<?>>> changes = new HashMap<>();
    private final List<Long> times = new ArrayList<>();
    private final Map<Request, List<Done>> done = new HashMap<>();
    private final List<Done> all = new ArrayList<>();
    private final Map<String, Contents> contents = new HashMap<>();
    /** Of each file: the oldest token of all stores from a version on. */
    private final Map<Long, NavigableMap<Long, FencingToken>> tokens = new HashMap<>();

    Truth() {}

    public Truth(List<History.Commit> commits) {
        commits.forEach(this::take);
    }

    /** The next entry. */
    void take(History.Commit commit) {
        for (int i = 0; i < commit.commands().size(); i++) {
            int index = times.size();
            times.add(commit.at());
            ByteString command = commit.commands().get(i);
            state.apply(commit.term(), index, List.of(command));
            if (note(command(command), outcome(commit.outcomes().get(i)), index)) {
                View after = view(state.reader());
                compare(index, view, after);
                view = after;
            }
        }
    }

    /** How many commands there are. */
    int commands() {
        return times.size();
    }

    /** Whether a state holds the volume as it is now. */
    boolean isHeldBy(VolumeReader reader) {
        return view(reader).equals(view);
    }

    private void noteTokens() {
        if (tokensNoted < all.size()) {
            tokensNoted = all.size();
            tokens.clear();
            all.reversed().stream()
                    .filter(done -> done.command().hasStore())
                    .forEach(this::noteToken);
        }
    }

    private void noteToken(Done done) {
        Token token = done.command().getStore().getToken();
        NavigableMap<Long, FencingToken> later =
                tokens.computeIfAbsent(token.getFile(), file -> new TreeMap<>());
        FencingToken own = new FencingToken(token.getEpoch(), token.getNumber());
        FencingToken oldest =
                later.isEmpty() || own.olderThan(later.firstEntry().getValue())
                        ? own
                        : later.firstEntry().getValue();
        later.put(done.outcome().getChanged().getFile().getDataVersion(), oldest);
    }

    private void compare(int index, View before, View after) {
        Set<Fact<?>> all = before.facts();
        all.addAll(after.facts());
        for (Fact<?> fact : all) {
            Optional<?> to = fact.in(after);
            if (!to.equals(fact.in(before))) {
                changes.computeIfAbsent(fact, one -> new ArrayList<>())
                        .add(new Change<>(index, to));
            }
        }
    }

    private boolean note(VolumeCommand command, VolumeOutcome outcome, int index) {
        if (outcome.hasFailure() || outcome.getRepeatedRequest()) {
            return false;
        }
        Done one = new Done(index, command, outcome);
        all.add(one);
        if (command.getRequest() != 0) {
            done.computeIfAbsent(
                            new Request(command.getClient(), command.getRequest()),
                            request -> new ArrayList<>())
                    .add(one);
        }
        return command.getRequest() != 0 || command.hasAddVolume();
    }

    private static VolumeCommand command(ByteString bytes) {
        try {
            return VolumeCommand.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static VolumeOutcome outcome(ByteString bytes) {
        try {
            return VolumeOutcome.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private View view(VolumeReader reader) {
        if (reader.volumes().isEmpty()) {
            return View.EMPTY;
        }
        long root = FileId.rootOf(reader.volumes().getFirst()).value();
        View view = new View(root, new HashMap<>(), new HashMap<>());
        view.nodes().put(root, reader.attributes(root));
        enter(reader, root, view);
        return view;
    }

    private void enter(VolumeReader reader, long folder, View view) {
        SortedMap<String, Long> names = new TreeMap<>();
        view.entries().put(folder, names);
        ListEntries list =
                ListEntries.newBuilder().setFolder(folder).setLimit(1_000).build();
        for (Entry entry : reader.list(list, ROOT).getEntriesList()) {
            Attributes node = entry.getVnode().getAttributes();
            names.put(entry.getName().toStringUtf8(), node.getFile());
            view.nodes().put(node.getFile(), node);
            if (node.getType() == FileType.FOLDER) {
                enter(reader, node.getFile(), view);
            } else {
                contents.computeIfAbsent(
                        key(node.getFile(), node.getDataVersion()),
                        key -> reader.contents(node.getFile(), node.getDataVersion()));
            }
        }
    }

    private static String key(long file, long version) {
        return file + " " + version;
    }

    /** How many commands were committed at a moment. */
    int committedBy(long nanos) {
        int from = 0;
        int to = times.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (times.get(middle) <= nanos) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /** All changes of a fact, in their order; before the first it is not there. */
    @SuppressWarnings("unchecked") // compare() puts there what belongs to the fact
    <F> List<Change<F>> changes(Fact<F> fact) {
        return (List<Change<F>>) (List<?>) changes.getOrDefault(fact, List.of());
    }

    /** What a fact was after {@code commands} commands. */
    <F> Optional<F> after(int commands, Fact<F> fact) {
        List<Change<F>> all = changes(fact);
        int known = changesWithin(commands, all);
        return known == 0 ? Optional.empty() : all.get(known - 1).to();
    }

    /** How many of the changes were made by the first {@code commands} commands. */
    static <F> int changesWithin(int commands, List<Change<F>> all) {
        int from = 0;
        int to = all.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (all.get(middle).index() < commands) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /** When the command was first applied. */
    long timeOf(int index) {
        return times.get(index);
    }

    /** Whether a version was replaced by a store under a token that is older than another. */
    boolean replacedUnderOlder(long file, long version, FencingToken other) {
        noteTokens();
        Map.Entry<Long, FencingToken> oldest =
                tokens.getOrDefault(file, Collections.emptyNavigableMap()).higherEntry(version);
        return oldest != null && oldest.getValue().olderThan(other);
    }

    List<Done> done(Request request) {
        return done.getOrDefault(request, List.of());
    }

    /** All commands that were carried out, in their order. */
    List<Done> all() {
        return all;
    }

    Optional<Contents> contents(long file, long version) {
        return Optional.ofNullable(contents.get(key(file, version)));
    }
}
