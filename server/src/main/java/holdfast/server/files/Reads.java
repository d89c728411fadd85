package holdfast.server.files;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.server.callback.Callbacks;
import holdfast.server.callback.Callbacks.Stamp;
import holdfast.server.callback.Callbacks.Wanted;
import holdfast.server.callback.Scope;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Entry;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.GetXattrs;
import holdfast.wire.proto.Known;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Validate;
import holdfast.wire.proto.ValidateReply;
import holdfast.wire.proto.Validity;
import holdfast.wire.proto.Vnode;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.proto.Xattrs;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Names and attributes, with promises: a stamp is taken, then the state is read, then the promises
 * on what was read are noted, and only those that nothing has come between (rule 1b).
 */
final class Reads {
    private static final int VALIDATE_MAX = 4_096;

    private final VolumeReader reader;
    private final Callbacks callbacks;
    private final Holds holds;

    Reads(VolumeReader reader, Callbacks callbacks, Holds holds) {
        this.reader = reader;
        this.callbacks = callbacks;
        this.holds = holds;
    }

    WalkReply walk(Asked<Walk> asked) {
        Stamp stamp = callbacks.stamp(asked.term());
        WalkReply reply = reader.walk(asked.request(), asked.caller());
        if (reply.getContents().hasManifest()) {
            Attributes last = last(reply);
            holds.hold(last.getFile(), last.getDataVersion());
        }
        return asked.request().getPromises() ? promised(reply, asked, stamp) : reply;
    }

    private WalkReply promised(WalkReply reply, Asked<Walk> asked, Stamp stamp) {
        boolean absent = reply.getStepsCount() > 0
                && reply.getEnded().getCode() == FailureCode.NOT_FOUND.wire();
        List<Wanted> wanted = new ArrayList<>();
        for (Vnode step : reply.getStepsList()) {
            if (step.getAttributes().getLinks() > 0) {
                wanted.add(vnode(step.getAttributes()));
            }
        }
        if (absent) {
            wanted.add(entries(last(reply)));
        }
        Iterator<Scope> given = callbacks.promise(asked.client(), stamp, wanted).iterator();
        WalkReply.Builder answer = reply.toBuilder();
        for (Vnode.Builder step : answer.getStepsBuilderList()) {
            if (step.getAttributes().getLinks() > 0) {
                step.setPromised(given.next().vnode());
            }
        }
        return answer.setAbsencePromised(absent && given.next().entries()).build();
    }

    /** With a promise on the vnode, which covers them. */
    Xattrs xattrs(Asked<GetXattrs> asked) {
        Stamp stamp = callbacks.stamp(asked.term());
        Xattrs all = reader.xattrs(asked.request().getFile(), asked.caller());
        if (!asked.request().getPromises()) {
            return all;
        }
        Wanted wanted = vnode(all.getVnode().getAttributes());
        Scope given = callbacks.promise(asked.client(), stamp, List.of(wanted)).getFirst();
        Xattrs.Builder answer = all.toBuilder();
        answer.getVnodeBuilder().setPromised(given.vnode());
        return answer.build();
    }

    private static Attributes last(WalkReply reply) {
        return reply.getSteps(reply.getStepsCount() - 1).getAttributes();
    }

    private static Wanted vnode(Attributes seen) {
        return new Wanted(Scope.vnode(seen.getFile()), seen.getChangeNumber());
    }

    private static Wanted entries(Attributes seen) {
        return new Wanted(Scope.entries(seen.getFile()), seen.getChangeNumber());
    }

    EntryList list(Asked<ListEntries> asked) {
        Stamp stamp = callbacks.stamp(asked.term());
        EntryList page = reader.list(asked.request(), asked.caller());
        if (!asked.request().getPromises()) {
            return page;
        }
        List<Wanted> wanted = new ArrayList<>(page.getEntriesCount() + 2);
        Attributes folder = page.getFolder().getAttributes();
        wanted.add(vnode(folder));
        wanted.add(entries(folder));
        for (Entry entry : page.getEntriesList()) {
            if (isVisible(entry.getVnode().getAttributes())) {
                wanted.add(vnode(entry.getVnode().getAttributes()));
            }
        }
        Iterator<Scope> given = callbacks.promise(asked.client(), stamp, wanted).iterator();
        EntryList.Builder answer = page.toBuilder();
        answer.getFolderBuilder()
                .setPromised(given.next().vnode())
                .setEntriesPromised(given.next().entries());
        for (Entry.Builder entry : answer.getEntriesBuilderList()) {
            if (isVisible(entry.getVnode().getAttributes())) {
                entry.getVnodeBuilder().setPromised(given.next().vnode());
            }
        }
        return answer.build();
    }

    /** Of a folder that the caller may read but not search, entries show only id and type. */
    private static boolean isVisible(Attributes entry) {
        return entry.getChangeNumber() != 0;
    }

    ValidateReply validate(Asked<Validate> asked) {
        List<Known> known = asked.request().getKnownList();
        if (known.size() > VALIDATE_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT, "at most 4,096 vnodes can be checked at once");
        }
        Stamp stamp = callbacks.stamp(asked.term());
        List<Wanted> wanted = new ArrayList<>(known.size());
        List<Boolean> current = new ArrayList<>(known.size());
        for (Known each : known) {
            boolean same = each.getChangeNumber() != 0
                    && reader.changeNumber(each.getFile()) == each.getChangeNumber();
            boolean promises = same && asked.request().getPromises();
            Scope scope = new Scope(each.getFile(), promises, promises && each.getEntries());
            wanted.add(new Wanted(scope, each.getChangeNumber()));
            current.add(same);
        }
        return validity(current, callbacks.promise(asked.client(), stamp, wanted));
    }

    private static ValidateReply validity(List<Boolean> current, List<Scope> given) {
        ValidateReply.Builder reply = ValidateReply.newBuilder();
        for (int i = 0; i < current.size(); i++) {
            reply.addItems(Validity.newBuilder()
                    .setCurrent(current.get(i))
                    .setPromised(given.get(i).vnode())
                    .setEntriesPromised(given.get(i).entries()));
        }
        return reply.build();
    }
}
