package holdfast.verify.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.id.FileId;
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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the log says: the volume after each of its commands, and where each request was committed.
 * Commands that share an entry count one by one, since one may have been answered before another.
 */
final class Truth {
    private static final Caller ROOT =
            Caller.newBuilder().setUser("root").addGroups("root").build();

    /** The volume at one moment: what can be reached from its root. */
    record View(
            long root, Map<Long, Attributes> nodes, Map<Long, SortedMap<String, Long>> entries) {
        static final View EMPTY = new View(0, Map.of(), Map.of());
    }

    /** A command that was carried out, after {@code index} others. */
    record Done(int index, VolumeCommand command, VolumeOutcome outcome) {}

    private final List<View> views = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();
    private final Map<Request, List<Done>> done = new HashMap<>();
    private final List<Done> all = new ArrayList<>();
    private final Map<String, Contents> contents = new HashMap<>();

    Truth(List<History.Commit> commits) {
        VolumeState state = new VolumeState(new MemoryTable());
        VolumeReader reader = state.reader();
        views.add(View.EMPTY);
        for (History.Commit commit : commits) {
            for (int i = 0; i < commit.commands().size(); i++) {
                int index = times.size();
                times.add(commit.at());
                ByteString command = commit.commands().get(i);
                state.apply(commit.term(), index, List.of(command));
                boolean changes =
                        note(command(command), outcome(commit.outcomes().get(i)), index);
                views.add(changes ? view(reader) : views.getLast());
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
        int count = 0;
        while (count < times.size() && times.get(count) <= nanos) {
            count++;
        }
        return count;
    }

    /** The volume after {@code commands} commands. */
    View after(int commands) {
        return views.get(commands);
    }

    /** When the command was first applied. */
    long timeOf(int index) {
        return times.get(index);
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
