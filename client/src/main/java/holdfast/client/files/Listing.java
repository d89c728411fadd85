package holdfast.client.files;

import com.google.protobuf.ByteString;

import holdfast.client.files.Flights.Flight;
import holdfast.client.files.VnodeCache.Listed;
import holdfast.model.failure.FailureCode;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;
import holdfast.model.time.Deadline;
import holdfast.model.volume.Access.Right;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Entry;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.transport.Transport.Answered;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Lists of directories: from memory when all of it is promised, else in pages. */
final class Listing {
    private static final int PAGE = 1000;

    /** Longer lists are passed through, not kept: they would push out everything else. */
    private static final int KEPT_MAX = 20_000;

    private final Resolver resolver;
    private final ReplicaGroups groups;
    private final Rights rights;

    Listing(Resolver resolver, ReplicaGroups groups, Rights rights) {
        this.resolver = resolver;
        this.groups = groups;
        this.rights = rights;
    }

    /** Visits all entries; {@code deadline} gives each page its own time. */
    void list(Spot spot, Consumer<Stat.Entry> visitor, Supplier<Deadline> deadline) {
        boolean _ = list(spot, Part.ALL, visitor, deadline);
    }

    /**
     * Which entries are wanted.
     *
     * @param after the name that the last part ended with; empty: from the first on
     * @param most how many
     */
    record Part(Optional<Name> after, int most) {
        static final Part ALL = new Part(Optional.empty(), Integer.MAX_VALUE);

        boolean begins(Name name) {
            return after.isEmpty() || after.get().compareTo(name) < 0;
        }
    }

    /** Visits some entries; returns whether there are more behind them. */
    boolean list(Spot spot, Part part, Consumer<Stat.Entry> visitor, Supplier<Deadline> deadline) {
        Deadline first = deadline.get();
        return switch (resolver.resolve(spot, Lookup.place(true), first)) {
            case Resolved.Found found -> list(found, part, visitor, deadline);
            case Resolved.Absent absent -> throw Resolver.notFound(spot.path());
            case Resolved.AboveMounts above -> {
                mounts(above.path(), part, visitor, first);
                yield false;
            }
        };
    }

    private boolean list(
            Resolved.Found found,
            Part part,
            Consumer<Stat.Entry> visitor,
            Supplier<Deadline> deadline) {
        if (!found.vnode().isFolder()) {
            throw Namespace.failure(FailureCode.NOT_A_DIRECTORY, "not a directory", found.path());
        }
        Optional<List<Listed>> known = known(found);
        if (known.isEmpty()) {
            return new Pages(found, part, visitor).run(deadline);
        }
        List<Listed> rest =
                known.get().stream().filter(each -> part.begins(each.name())).toList();
        rest.stream().limit(part.most()).forEach(each -> visitor.accept(entry(each)));
        return rest.size() > part.most();
    }

    private Optional<List<Listed>> known(Resolved.Found found) {
        VnodeCache vnodes = found.group().vnodes();
        long generation = vnodes.peek();
        if (generation == 0 || !rights.may(found.attributes(), Right.READ)) {
            return Optional.empty();
        }
        Optional<List<Listed>> all = vnodes.list(found.vnode(), generation);
        return vnodes.holds(generation) ? all : Optional.empty();
    }

    private static Stat.Entry entry(Listed each) {
        return new Stat.Entry(each.name(), Stats.of(each.attributes()));
    }

    /** A directory that exists only because volumes are mounted below it. */
    private void mounts(CellPath path, Part part, Consumer<Stat.Entry> visitor, Deadline deadline) {
        for (Name name : groups.map().view(deadline).mountsBelow(path.names())) {
            if (part.begins(name)) {
                visitor.accept(new Stat.Entry(name, mountStat(path.child(name), deadline)));
            }
        }
    }

    private Stat mountStat(CellPath path, Deadline deadline) {
        return switch (resolver.resolve(Spot.at(path), Lookup.stat(true), deadline)) {
            case Resolved.Found found -> Stats.of(found.attributes());
            case Resolved.Absent absent -> MountDirectories.stat(path);
            case Resolved.AboveMounts above -> MountDirectories.stat(path);
        };
    }

    /**
     * One list being read in pages. A part of one is not kept as a list, but what is known of its
     * entries is: whoever reads a list part by part asks for their status next.
     */
    private final class Pages {
        private final Resolved.Found found;
        private final Consumer<Stat.Entry> visitor;
        private final boolean whole;
        private final List<Listed> kept = new ArrayList<>();
        private int left;
        private boolean keeping;
        private long number = -1;
        private ByteString after;

        Pages(Resolved.Found found, Part part, Consumer<Stat.Entry> visitor) {
            this.found = found;
            this.visitor = visitor;
            this.whole = part.after().isEmpty();
            this.left = part.most();
            this.keeping = found.group().wantsPromises();
            this.after = part.after()
                    .map(name -> ByteString.copyFrom(name.bytes()))
                    .orElse(ByteString.EMPTY);
        }

        /** Returns whether there are more. */
        boolean run(Supplier<Deadline> deadline) {
            boolean more = true;
            while (more && left > 0) {
                EntryList page = page(deadline.get());
                left -= page.getEntriesCount();
                for (Entry each : page.getEntriesList()) {
                    Name name = Name.of(each.getName().toByteArray());
                    Attributes seen = each.getVnode().getAttributes();
                    visitor.accept(new Stat.Entry(name, Stats.of(seen)));
                    after = each.getName();
                }
                more = page.getMore() && page.getEntriesCount() > 0;
            }
            if (keeping && whole && !more) {
                found.group().vnodes().listed(found.vnode(), number, kept);
            }
            return more;
        }

        private EntryList page(Deadline deadline) {
            ListEntries request = ListEntries.newBuilder()
                    .setFolder(found.vnode().file().value())
                    .setAfter(after)
                    .setLimit(Math.min(PAGE, left))
                    .setPromises(keeping)
                    .build();
            return groups.at(
                    found.vnode().file(),
                    deadline,
                    group -> group.ask(
                            FileMethods.LIST_ENTRIES,
                            request,
                            deadline,
                            (flight, answer) -> taken(group, flight, answer)));
        }

        private EntryList taken(ReplicaGroup group, Flight flight, Answered<EntryList> answer) {
            EntryList page = answer.message();
            long now = page.getFolder().getAttributes().getChangeNumber();
            keeping &= kept.size() + page.getEntriesCount() <= KEPT_MAX;
            keeping &= number == -1 || number == now;
            keeping &= page.getEntriesList().stream().allMatch(Pages::isWhole);
            number = now;
            if (keeping) {
                keep(group.vnodes(), flight, answer);
            } else {
                kept.clear();
            }
            return page;
        }

        /** Who may not search the directory sees only types. */
        private static boolean isWhole(Entry entry) {
            return entry.getVnode().getAttributes().getChangeNumber() > 0;
        }

        private void keep(VnodeCache vnodes, Flight flight, Answered<EntryList> answer) {
            vnodes.take(flight, answer.term(), answer.message().getFolder());
            for (Entry each : answer.message().getEntriesList()) {
                Name name = Name.of(each.getName().toByteArray());
                Attributes seen = each.getVnode().getAttributes();
                CachedVnode child = vnodes.take(flight, answer.term(), each.getVnode());
                vnodes.bind(found.vnode(), name, child, seen);
                kept.add(new Listed(name, seen));
            }
        }
    }
}
