package holdfast.server.volume;

import static holdfast.server.volume.Group.ADMIN;
import static holdfast.server.volume.Group.ANN;
import static holdfast.server.volume.Group.BOB;
import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.server.volume.Model.Flag;
import holdfast.server.volume.Model.Text;
import holdfast.server.volume.Model.Version;
import holdfast.wire.log.AddClient;
import holdfast.wire.log.Collect;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.AttributeChanges;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Broken;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.Create;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Link;
import holdfast.wire.proto.Remove;
import holdfast.wire.proto.RemoveXattr;
import holdfast.wire.proto.SetAttributes;
import holdfast.wire.proto.SetXattr;
import holdfast.wire.proto.Store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;

/** Sends generated commands to a group and to a model, and compares what came of them. */
final class Generator {
    private static final long QUOTA = 120;
    private static final List<String> NAMES = List.of("a", "b", "c", "d");
    private static final List<String> XATTRS = List.of("user.x", "user.y");
    private static final List<Integer> MODES =
            List.of(0777, 0755, 0700, 0644, 06755, 02775, 01777, 0070, 0);
    private static final List<String> LISTS = List.of(
            "user::rwx,group::r-x,other::---",
            "user::rwx,user:bob:rwx,group::r-x,mask::rwx,other::r--",
            "user::rwx,group::---,group:guests:rwx,mask::r-x,other::rwx",
            "user::-w-,user:ann:r--,group::rwx,group:devs:-wx,mask::-wx,other::--x");
    private static final List<FileType> TYPES = List.of(
            FileType.FILE,
            FileType.FILE,
            FileType.FILE,
            FileType.FOLDER,
            FileType.FOLDER,
            FileType.FOLDER,
            FileType.SYMLINK,
            FileType.FIFO,
            FileType.SOCKET,
            FileType.CHARACTER_DEVICE);

    final Group group = new Group(QUOTA);
    final Model model = new Model(ROOT, QUOTA);
    private final Random random;
    private final long client;
    private final List<Long> ids = new ArrayList<>(List.of(ROOT));
    private long request;

    /** What promises on a vnode cover. */
    private record Covered(
            Attributes attributes,
            Map<String, Long> entries,
            Map<String, String> xattrs,
            Set<String> names) {}

    Generator(long seed) {
        random = new Random(seed);
        client = group.run(group.command().setAddClient(AddClient.getDefaultInstance()))
                .getClient()
                .getClient();
    }

    void step() {
        Map<Long, Covered> before = look();
        group.caller = pick(List.of(ANN, ANN, BOB, ADMIN));
        VolumeCommand.Builder command = group.command()
                .setClient(client)
                .setRequest(++request)
                .setLowestOpen(Math.max(1, request - random.nextInt(3)));
        Runnable simply = pick(List.<BiFunction<Caller, VolumeCommand.Builder, Runnable>>of(
                        this::create,
                        this::create,
                        this::create,
                        this::remove,
                        this::rename,
                        this::rename,
                        this::link,
                        this::store,
                        this::store,
                        this::store,
                        this::setMode,
                        this::setOwner,
                        this::setXattr,
                        this::removeXattr,
                        this::setList,
                        this::removeList,
                        this::collect))
                .apply(group.caller, command);
        Optional<FailureCode> expected = attempt(simply);
        VolumeOutcome outcome = group.run(command);
        Optional<FailureCode> code = outcome.hasFailure()
                ? FailureCode.ofWire(outcome.getFailure().getCode())
                : Optional.empty();
        assertThat(code).as(command.toString()).isEqualTo(expected);
        checkBroken(before, look(), outcome.getBrokenList());
        if (random.nextInt(8) == 0) {
            repeat(command, outcome);
        }
    }

    private static Optional<FailureCode> attempt(Runnable change) {
        try {
            change.run();
            return Optional.empty();
        } catch (Model.Refused refused) {
            return Optional.of(refused.code);
        }
    }

    private void repeat(VolumeCommand.Builder command, VolumeOutcome outcome) {
        Map<Long, Covered> before = look();
        VolumeOutcome again = group.run(command);
        assertThat(again).isEqualTo(outcome.toBuilder().setRepeatedRequest(true).build());
        assertThat(look()).isEqualTo(before);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private long id() {
        return random.nextInt(10) == 0
                ? pick(ids)
                : pick(model.vnodes.keySet().stream().sorted().toList());
    }

    private long folder() {
        List<Long> folders = model.vnodes.values().stream()
                .filter(Model.Vnode::isFolder)
                .map(vnode -> vnode.id)
                .sorted()
                .toList();
        return random.nextInt(12) == 0 ? id() : pick(folders);
    }

    private long file() {
        List<Long> files = model.vnodes.values().stream()
                .filter(vnode -> vnode.type == FileType.FILE)
                .map(vnode -> vnode.id)
                .sorted()
                .toList();
        return files.isEmpty() || random.nextInt(12) == 0 ? id() : pick(files);
    }

    private Text text() {
        if (random.nextInt(3) == 0) {
            return Text.of("x".repeat(random.nextInt(30)));
        }
        List<Integer> chunks = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            chunks.add(random.nextInt(8));
        }
        return new Text("", chunks);
    }

    private Runnable create(Caller who, VolumeCommand.Builder command) {
        FileType type = pick(TYPES);
        long parent = folder();
        String name = pick(NAMES);
        int mode = random.nextInt(3) == 0 ? pick(MODES) : 0777;
        int umask = random.nextInt(3) == 0 ? 022 : 0;
        Text text = text();
        Create.Builder create =
                group.creating(parent, bytes(name), type).setMode(mode).setUmask(umask);
        ids.add(create.getFile());
        if (type == FileType.FILE) {
            create.setContents(GeneratedTest.contents(text))
                    .setSize(text.size())
                    .setCollection(group.reader.collection());
        } else if (type == FileType.SYMLINK) {
            create.setTarget(bytes("t"));
        }
        command.setCreate(create);
        Model.Made made = new Model.Made(create.getFile(), type, mode, umask, text);
        return () -> model.create(who, parent, name, made);
    }

    private Runnable remove(Caller who, VolumeCommand.Builder command) {
        long parent = folder();
        String name = pick(NAMES);
        boolean asFolder = random.nextBoolean();
        command.setRemove(
                Remove.newBuilder().setParent(parent).setName(bytes(name)).setFolder(asFolder));
        return () -> model.remove(who, parent, name, asFolder);
    }

    private Runnable rename(Caller who, VolumeCommand.Builder command) {
        long from = folder();
        long to = random.nextBoolean() ? from : folder();
        String fromName = pick(NAMES);
        String toName = pick(NAMES);
        Flag flag = pick(List.of(Flag.NONE, Flag.NONE, Flag.NO_REPLACE, Flag.EXCHANGE));
        command.setRename(Group.renaming(from, fromName, to, toName)
                .setNoReplace(flag == Flag.NO_REPLACE)
                .setExchange(flag == Flag.EXCHANGE));
        return () -> model.rename(who, from, fromName, to, toName, flag);
    }

    private Runnable link(Caller who, VolumeCommand.Builder command) {
        long file = file();
        long parent = folder();
        String name = pick(NAMES);
        command.setLink(Link.newBuilder().setFile(file).setParent(parent).setName(bytes(name)));
        return () -> model.link(who, file, parent, name);
    }

    private Runnable store(Caller who, VolumeCommand.Builder command) {
        long file = file();
        long version = group.reader.changeNumber(file) == 0
                ? 1
                : group.attributes(file).getDataVersion();
        long base = random.nextInt(10) == 0 ? version - 1 : version;
        int token = random.nextInt(10) == 0 ? 1 : (int) request;
        Text text = text();
        command.setStore(Store.newBuilder()
                .setFile(file)
                .setBaseVersion(base)
                .setToken(Group.token(file, 1, token))
                .setContents(GeneratedTest.contents(text))
                .setSize(text.size())
                .setCollection(group.reader.collection()));
        return () -> model.store(who, file, base, token, text);
    }

    private Runnable setMode(Caller who, VolumeCommand.Builder command) {
        long file = id();
        int mode = pick(MODES);
        command.setSetAttributes(SetAttributes.newBuilder()
                .setFile(file)
                .setChanges(AttributeChanges.newBuilder().setMode(mode)));
        return () -> model.setMode(who, file, mode);
    }

    private Runnable setOwner(Caller who, VolumeCommand.Builder command) {
        long file = id();
        String owner = pick(List.of("ann", "ann", "bob"));
        String to = pick(List.of("staff", "devs", "guests"));
        command.setSetAttributes(SetAttributes.newBuilder()
                .setFile(file)
                .setChanges(AttributeChanges.newBuilder().setOwner(owner).setGroup(to)));
        return () -> model.setOwner(who, file, owner, to);
    }

    private Runnable setXattr(Caller who, VolumeCommand.Builder command) {
        long file = id();
        String name = pick(XATTRS);
        String value = "v" + random.nextInt(3);
        command.setSetXattr(
                SetXattr.newBuilder().setFile(file).setName(bytes(name)).setValue(bytes(value)));
        return () -> model.setXattr(who, file, name, value);
    }

    private Runnable setList(Caller who, VolumeCommand.Builder command) {
        boolean access = random.nextBoolean();
        long file = access ? id() : folder();
        String text = pick(LISTS);
        String name = access ? "system.posix_acl_access" : "system.posix_acl_default";
        command.setSetXattr(
                SetXattr.newBuilder().setFile(file).setName(bytes(name)).setValue(bytes(text)));
        return () -> {
            if (access) {
                model.setList(who, file, text);
            } else {
                model.setDefaultList(who, file, text);
            }
        };
    }

    private Runnable removeList(Caller who, VolumeCommand.Builder command) {
        long file = id();
        ByteString name = bytes("system.posix_acl_access");
        command.setRemoveXattr(RemoveXattr.newBuilder().setFile(file).setName(name));
        return () -> model.removeList(who, file);
    }

    private Runnable removeXattr(Caller who, VolumeCommand.Builder command) {
        long file = id();
        String name = pick(XATTRS);
        command.setRemoveXattr(RemoveXattr.newBuilder().setFile(file).setName(bytes(name)));
        return () -> model.removeXattr(who, file, name);
    }

    private Runnable collect(Caller who, VolumeCommand.Builder command) {
        Collect.Builder collect = Collect.newBuilder().setNumber(group.reader.collection() + 1);
        for (Version version : model.versions()) {
            if (random.nextInt(3) == 0) {
                collect.addVersions(Group.version(version.file(), version.number()));
                model.collect(version);
            }
        }
        command.setCollect(collect);
        return () -> {};
    }

    /** All that has a name, and what promises on it cover. */
    private Map<Long, Covered> look() {
        Map<Long, Set<String>> names = new HashMap<>();
        Map<Long, Covered> seen = new HashMap<>();
        for (long id : ids) {
            if (group.reader.changeNumber(id) == 0) {
                continue;
            }
            Attributes attributes = group.attributes(id);
            Map<String, Long> entries = attributes.getType() == FileType.FOLDER
                    ? GeneratedTest.entries(group, id)
                    : Map.of();
            entries.forEach((name, child) ->
                    names.computeIfAbsent(child, c -> new HashSet<>()).add(id + "/" + name));
            Set<String> found = names.computeIfAbsent(id, i -> new HashSet<>());
            seen.put(id, new Covered(attributes, entries, GeneratedTest.xattrs(group, id), found));
        }
        return seen;
    }

    /** What is said to be touched is all that was, with the right change numbers. */
    private static void checkBroken(
            Map<Long, Covered> before, Map<Long, Covered> after, List<Broken> items) {
        Map<Long, Broken> broken = new HashMap<>();
        for (Broken item : items) {
            assertThat(broken.put(item.getFile(), item)).as("named once").isNull();
            assertThat(before).containsKey(item.getFile());
        }
        before.forEach((id, was) -> {
            Optional<Covered> is = Optional.ofNullable(after.get(id));
            Broken said = broken.getOrDefault(id, Broken.getDefaultInstance());
            if (is.isEmpty()) {
                assertThat(said.getVnode()).isTrue();
                assertThat(said.getEntries())
                        .isEqualTo(was.attributes().getType() == FileType.FOLDER);
            } else if (broken.containsKey(id)) {
                checkTouched(was, is.get(), said);
            } else {
                assertThat(is.get()).isEqualTo(was);
            }
        });
    }

    private static void checkTouched(Covered was, Covered is, Broken said) {
        assertThat(is.attributes().getChangeNumber())
                .isEqualTo(was.attributes().getChangeNumber() + 1)
                .isEqualTo(said.getChangeNumber());
        assertThat(said.getEntries()).isEqualTo(!is.entries().equals(was.entries()));
        boolean vnode = !promised(is).equals(promised(was))
                || !is.xattrs().equals(was.xattrs())
                || !is.names().equals(was.names());
        if (vnode) {
            assertThat(said.getVnode()).isTrue();
        }
        if (!said.getVnode()) {
            assertThat(said.getEntries()).isTrue();
        }
    }

    /** The attributes that a vnode promise covers: of a folder not its times and counts. */
    private static Attributes promised(Covered vnode) {
        Attributes.Builder attributes = vnode.attributes().toBuilder().clearChangeNumber();
        if (vnode.attributes().getType() == FileType.FOLDER) {
            attributes.clearLinks().clearSize().clearModified().clearChanged();
        }
        return attributes.build();
    }
}
