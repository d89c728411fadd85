package holdfast.server.files;

import holdfast.model.chunk.ChunkHash;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.server.callback.Callbacks;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Entry;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.Fetch;
import holdfast.wire.proto.FetchReply;
import holdfast.wire.proto.GetManifest;
import holdfast.wire.proto.Known;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Manifest;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.Validate;
import holdfast.wire.proto.ValidateReply;
import holdfast.wire.proto.Validity;
import holdfast.wire.proto.Vnode;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.transport.Service.Reply;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is asked without changing anything. Where promises are wanted, one look finds out what of,
 * they are noted, and a second look is the answer: so each promise was noted before the read that
 * it covers (rule 1b).
 */
final class Reads {
    private static final int VALIDATE_MAX = 4096;

    private final VolumeReader reader;
    private final Callbacks callbacks;
    private final ChunkStore chunks;
    private final Holds holds;

    Reads(VolumeReader reader, Callbacks callbacks, ChunkStore chunks, Holds holds) {
        this.reader = reader;
        this.callbacks = callbacks;
        this.chunks = chunks;
        this.holds = holds;
    }

    WalkReply walk(long client, Walk walk, Caller caller) {
        WalkReply first = reader.walk(walk, caller);
        if (!walk.getPromises()) {
            return held(first);
        }
        Set<Long> noted = new HashSet<>();
        for (Vnode step : first.getStepsList()) {
            long file = step.getAttributes().getFile();
            if (callbacks.promise(client, file, true, false)) {
                noted.add(file);
            }
        }
        Set<Long> lists = new HashSet<>();
        if (isAbsent(first) && callbacks.promise(client, last(first), false, true)) {
            lists.add(last(first));
        }
        WalkReply.Builder answer = reader.walk(walk, caller).toBuilder();
        for (Vnode.Builder step : answer.getStepsBuilderList()) {
            step.setPromised(noted.contains(step.getAttributes().getFile()));
        }
        WalkReply walked = answer.build();
        boolean absence = isAbsent(walked) && lists.contains(last(walked));
        return held(walked.toBuilder().setAbsencePromised(absence).build());
    }

    private static boolean isAbsent(WalkReply reply) {
        return reply.hasEnded()
                && reply.getStepsCount() > 0
                && reply.getEnded().getCode() == FailureCode.NOT_FOUND.wire();
    }

    private static long last(WalkReply reply) {
        return reply.getSteps(reply.getStepsCount() - 1).getAttributes().getFile();
    }

    /** Whoever was told of a manifest will fetch it. */
    private WalkReply held(WalkReply reply) {
        if (reply.getContents().hasManifest()) {
            var attributes = reply.getSteps(reply.getStepsCount() - 1).getAttributes();
            holds.hold(attributes.getFile(), attributes.getDataVersion());
        }
        return reply;
    }

    EntryList list(long client, ListEntries list, Caller caller) {
        EntryList first = reader.list(list, caller);
        if (!list.getPromises()) {
            return first;
        }
        Set<Long> noted = new HashSet<>();
        for (Entry entry : first.getEntriesList()) {
            note(client, entry.getVnode(), noted);
        }
        note(client, first.getFolder(), noted);
        boolean listed = callbacks.promise(client, list.getFolder(), false, true);
        EntryList.Builder answer = reader.list(list, caller).toBuilder();
        for (Entry.Builder entry : answer.getEntriesBuilderList()) {
            Vnode.Builder vnode = entry.getVnodeBuilder();
            vnode.setPromised(visible(vnode.build())
                    && noted.contains(vnode.getAttributes().getFile()));
        }
        answer.getFolderBuilder()
                .setPromised(noted.contains(list.getFolder()))
                .setEntriesPromised(listed);
        return answer.build();
    }

    private void note(long client, Vnode vnode, Set<Long> noted) {
        long file = vnode.getAttributes().getFile();
        if (visible(vnode) && callbacks.promise(client, file, true, false)) {
            noted.add(file);
        }
    }

    /** Entries of a folder that the caller may read but not search say only id and type. */
    private static boolean visible(Vnode vnode) {
        return vnode.getAttributes().getChangeNumber() != 0;
    }

    ValidateReply validate(long client, Validate validate) {
        if (validate.getKnownCount() > VALIDATE_MAX) {
            throw FailureException.of(
                    FailureCode.LIMIT, "at most 4,096 vnodes can be checked at once");
        }
        ValidateReply.Builder reply = ValidateReply.newBuilder();
        for (Known known : validate.getKnownList()) {
            boolean vnode = validate.getPromises()
                    && callbacks.promise(client, known.getFile(), true, false);
            boolean entries = validate.getPromises()
                    && known.getEntries()
                    && callbacks.promise(client, known.getFile(), false, true);
            boolean current = reader.changeNumber(known.getFile()) == known.getChangeNumber()
                    && known.getChangeNumber() != 0;
            reply.addItems(Validity.newBuilder()
                    .setCurrent(current)
                    .setPromised(current && vnode)
                    .setEntriesPromised(current && entries));
        }
        return reply.build();
    }

    Manifest manifest(GetManifest get, Caller caller) {
        holds.hold(get.getFile(), get.getDataVersion());
        return reader.contents(get.getFile(), get.getDataVersion(), caller).getManifest();
    }

    Reply<FetchReply> fetch(Fetch fetch, Caller caller) {
        holds.hold(fetch.getFile(), fetch.getDataVersion());
        Contents contents = reader.contents(fetch.getFile(), fetch.getDataVersion(), caller);
        List<Piece> pieces = contents.getManifest().getPiecesList();
        long end =
                Integer.toUnsignedLong(fetch.getFirst()) + Integer.toUnsignedLong(fetch.getCount());
        if (end > pieces.size()) {
            throw FailureException.of(FailureCode.INVALID, "pieces that the version does not have");
        }
        List<ChunkHash> hashes = new ArrayList<>();
        for (Piece piece : pieces.subList(fetch.getFirst(), (int) end)) {
            if (!piece.getHash().isEmpty()) {
                hashes.add(ChunkHash.of(piece.getHash().toByteArray()));
            }
        }
        ChunkStore.OpenChunks open = open(hashes);
        return new Reply<>(FetchReply.newBuilder().setBytes(open.length()).build(), open);
    }

    private ChunkStore.OpenChunks open(List<ChunkHash> hashes) {
        try {
            return chunks.open(hashes);
        } catch (FailureException e) {
            if (e.code() == FailureCode.LACKS_CHUNKS) {
                throw FailureException.of(
                        FailureCode.DAMAGED, "contents are lost at the server: " + e.getMessage());
            }
            throw e;
        }
    }
}
