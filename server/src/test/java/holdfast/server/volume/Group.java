package holdfast.server.volume;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.wire.log.AddVolume;
import holdfast.wire.log.Collect;
import holdfast.wire.log.ExtendIds;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Link;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.Manifest;
import holdfast.wire.proto.Piece;
import holdfast.wire.proto.Remove;
import holdfast.wire.proto.Rename;
import holdfast.wire.proto.SetAttributes;
import holdfast.wire.proto.Source;
import holdfast.wire.proto.Store;
import holdfast.wire.proto.Time;
import holdfast.wire.proto.Token;
import holdfast.wire.proto.Walk;
import holdfast.wire.proto.WalkReply;

import java.util.ArrayList;
import java.util.List;

/** A replica group's state with a volume 1 open to all, and short ways to command it. */
final class Group {
    static final int VOLUME = 1;
    static final long ROOT = FileId.rootOf(VOLUME).value();
    static final Caller ADMIN = caller("root", "root");
    static final Caller ANN = caller("ann", "staff", "devs");
    static final Caller BOB = caller("bob", "guests");
    static final long START_SECONDS = 1_700_000_000;

    final TreeTable table;
    final VolumeState state;
    final VolumeReader reader;
    final List<List<ByteString>> log = new ArrayList<>();
    Caller caller = ANN;
    private long index;
    private long seconds = START_SECONDS;
    private long nextVnode;
    private long grants;

    Group() {
        this(0);
    }

    Group(long quota) {
        this.table = new TreeTable();
        this.state = new VolumeState(table);
        this.reader = state.reader();
        addVolume(VOLUME, quota, 01777);
        nextVnode = extendIds(VOLUME, 1 << 20);
    }

    static Caller caller(String user, String... groups) {
        return Caller.newBuilder()
                .setUser(user)
                .addAllGroups(List.of(groups))
                .setHost("h")
                .build();
    }

    static ByteString bytes(String text) {
        return ByteString.copyFromUtf8(text);
    }

    Group as(Caller who) {
        caller = who;
        return this;
    }

    /** Applies commands as one entry. */
    List<VolumeOutcome> entry(VolumeCommand... commands) {
        List<ByteString> raw = new ArrayList<>();
        for (VolumeCommand command : commands) {
            raw.add(command.toByteString());
        }
        log.add(raw);
        List<VolumeOutcome> outcomes = new ArrayList<>();
        for (ByteString outcome : state.apply(1, ++index, raw)) {
            outcomes.add(parse(outcome));
        }
        return outcomes;
    }

    private static VolumeOutcome parse(ByteString outcome) {
        try {
            return VolumeOutcome.parseFrom(outcome);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /** A command of the present caller, a second later than the one before. */
    VolumeCommand.Builder command() {
        return VolumeCommand.newBuilder().setCaller(caller).setTime(at(++seconds));
    }

    static Time at(long seconds) {
        return Time.newBuilder().setSeconds(seconds).build();
    }

    Time now() {
        return at(seconds);
    }

    VolumeOutcome run(VolumeCommand.Builder command) {
        return entry(command.build()).getFirst();
    }

    static FailureCode code(VolumeOutcome outcome) {
        return FailureCode.ofWire(outcome.getFailure().getCode()).orElseThrow();
    }

    VolumeOutcome addVolume(int number, long quota, int mode) {
        return run(command()
                .setAddVolume(AddVolume.newBuilder()
                        .setNumber(number)
                        .setQuotaBytes(quota)
                        .setOwner("root")
                        .setGroup("root")
                        .setMode(mode)));
    }

    long extendIds(int volume, long count) {
        ExtendIds extend =
                ExtendIds.newBuilder().setVolume(volume).setCount(count).build();
        return new FileId(run(command().setExtendIds(extend)).getIds().getFirst()).vnode();
    }

    long nextId() {
        return FileId.of(VOLUME, nextVnode++).value();
    }

    Create.Builder creating(long parent, ByteString name, FileType type) {
        return Create.newBuilder()
                .setParent(parent)
                .setName(name)
                .setFile(nextId())
                .setType(type)
                .setMode(type == FileType.FOLDER ? 0755 : 0644);
    }

    VolumeOutcome create(Create.Builder create) {
        return run(command().setCreate(create));
    }

    long file(long parent, String name) {
        return file(parent, name, "");
    }

    long file(long parent, String name, String contents) {
        Create.Builder create = creating(parent, bytes(name), FileType.FILE)
                .setContents(inline(contents))
                .setSize(bytes(contents).size());
        return made(create(create));
    }

    long folder(long parent, String name) {
        return folder(parent, name, 0755);
    }

    long folder(long parent, String name, int mode) {
        return made(create(creating(parent, bytes(name), FileType.FOLDER).setMode(mode)));
    }

    long symlink(long parent, String name, String target) {
        return made(create(creating(parent, bytes(name), FileType.SYMLINK)
                .setMode(0777)
                .setTarget(bytes(target))));
    }

    private static long made(VolumeOutcome outcome) {
        if (outcome.hasFailure()) {
            throw new AssertionError(outcome.toString());
        }
        return outcome.getChanged().getFile().getFile();
    }

    VolumeOutcome remove(long parent, String name, boolean folder) {
        return run(command()
                .setRemove(Remove.newBuilder()
                        .setParent(parent)
                        .setName(bytes(name))
                        .setFolder(folder)));
    }

    VolumeOutcome rename(long from, String fromName, long to, String toName) {
        return rename(renaming(from, fromName, to, toName));
    }

    VolumeOutcome rename(Rename.Builder rename) {
        return run(command().setRename(rename));
    }

    static Rename.Builder renaming(long from, String fromName, long to, String toName) {
        return Rename.newBuilder()
                .setFrom(from)
                .setFromName(bytes(fromName))
                .setTo(to)
                .setToName(bytes(toName));
    }

    VolumeOutcome link(long file, long parent, String name) {
        return run(command()
                .setLink(Link.newBuilder().setFile(file).setParent(parent).setName(bytes(name))));
    }

    VolumeOutcome set(long file, AttributeChanges.Builder changes) {
        return run(command()
                .setSetAttributes(SetAttributes.newBuilder().setFile(file).setChanges(changes)));
    }

    /** A token of a new grant, in epoch 1. */
    Token token(long file) {
        return token(file, 1, ++grants);
    }

    static Token token(long file, long epoch, long number) {
        return Token.newBuilder()
                .setFile(file)
                .setSession(7)
                .setMode(LockMode.EXCLUSIVE)
                .setEpoch(epoch)
                .setNumber(number)
                .build();
    }

    /** A store on the current version with a good token. */
    Store.Builder storing(long file, Contents contents, long size) {
        return Store.newBuilder()
                .setFile(file)
                .setBaseVersion(attributes(file).getDataVersion())
                .setToken(token(file))
                .setContents(contents)
                .setSize(size)
                .setCollection(reader.collection());
    }

    VolumeOutcome store(Store.Builder store) {
        return run(command().setStore(store));
    }

    VolumeOutcome store(long file, String contents) {
        return store(storing(file, inline(contents), bytes(contents).size()));
    }

    /** Stores chunks of 10 bytes with these numbers. */
    VolumeOutcome storeChunks(long file, int... chunks) {
        return store(storing(file, chunks(chunks), 10L * chunks.length));
    }

    static Contents inline(String contents) {
        return Contents.newBuilder().setInline(bytes(contents)).build();
    }

    static Contents chunks(int... chunks) {
        Manifest.Builder manifest = Manifest.newBuilder();
        for (int chunk : chunks) {
            manifest.addPieces(Piece.newBuilder().setLength(10).setHash(hash(chunk)));
        }
        return Contents.newBuilder().setManifest(manifest).build();
    }

    /** A hash that stands for chunk number {@code chunk}. */
    static ByteString hash(int chunk) {
        byte[] hash = new byte[32];
        hash[0] = (byte) (chunk >> 8);
        hash[1] = (byte) chunk;
        hash[31] = 1;
        return ByteString.copyFrom(hash);
    }

    VolumeOutcome collect(Source... versions) {
        return run(command()
                .setCollect(Collect.newBuilder()
                        .setNumber(reader.collection() + 1)
                        .addAllVersions(List.of(versions))));
    }

    static Source version(long file, long version) {
        return Source.newBuilder().setFile(file).setDataVersion(version).build();
    }

    Attributes attributes(long file) {
        return reader.attributes(file);
    }

    WalkReply walk(long start, String... names) {
        Walk.Builder walk = Walk.newBuilder().setStart(start).setContents(true);
        for (String name : names) {
            walk.addNames(bytes(name));
        }
        return reader.walk(walk.build(), caller);
    }

    /** The names in a folder, as its pages of 2 show them. */
    List<String> names(long folder) {
        List<String> names = new ArrayList<>();
        ByteString after = ByteString.EMPTY;
        EntryList page;
        do {
            ListEntries.Builder list = ListEntries.newBuilder();
            list.setFolder(folder).setAfter(after).setLimit(2);
            page = reader.list(list.build(), ADMIN);
            page.getEntriesList().forEach(e -> names.add(e.getName().toStringUtf8()));
            after = names.isEmpty() ? after : bytes(names.getLast());
        } while (page.getMore());
        return names;
    }
}
