package holdfast.server.directory;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.failure.FailureCode;
import holdfast.wire.log.DirectoryCommand;
import holdfast.wire.log.DirectoryOutcome;
import holdfast.wire.log.FoundCell;
import holdfast.wire.proto.CreateVolume;
import holdfast.wire.proto.ForgetServer;
import holdfast.wire.proto.MountPoint;
import holdfast.wire.proto.MoveMount;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.RegisterServerReply;
import holdfast.wire.proto.RemoveVolume;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.Volume;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

class DirectoryStateTest {
    private static final int SEQUENCES = 1_000;
    private static final List<String> PATHS =
            List.of("/", "/home", "/home/media", "/home/media/old", "/data", "/data/x");

    @TempDir
    private Path place;

    private DirectoryState state = new DirectoryState();
    private long index;

    @Test
    void theFirstFoundingCounts() {
        found("one");
        found("two");
        assertThat(state.view().cell()).isEqualTo("one");
    }

    @Test
    void newDirectoriesBecomeVolumesAndKnownOnesStay() {
        var first = register("s1", "g1", "/home", "/home/media");
        assertThat(first.getRegistered().getVolumesList())
                .extracting(Volume::getPath)
                .containsExactly("/home", "/home/media");
        var again = register("s1", "g1", "/home", "/home/media", "/new");
        assertThat(again.getRegistered().getVolumesList())
                .extracting(Volume::getNumber)
                .containsExactly(1, 2, 3);
    }

    @Test
    void anothersDirectoryIsRefusedNamingItsServerAndNothingChanges() {
        register("s1", "g1", "/home");
        CellView before = state.view();
        var refused = register("s2", "g2", "/new", "/home");
        assertThat(code(refused)).isEqualTo(FailureCode.ALREADY_EXISTS);
        assertThat(refused.getFailure().getMessage()).contains("s1.example:8010");
        assertThat(refused.getFailure().getPath()).isEqualTo("/home");
        assertThat(state.view()).isEqualTo(before);
    }

    @Test
    void nestedVolumesAreMountsOfTheNearestOneAbove() {
        register("s1", "g1", "/", "/home", "/home/a/media");
        assertThat(state.view().mountedAt("/home").orElseThrow().getMountsList())
                .containsExactly(mount("a/media", 3));
        assertThat(state.view().mountedAt("/").orElseThrow().getMountsList())
                .containsExactly(mount("home", 2));
    }

    @Test
    void aMovedVolumeTakesWhatIsMountedInsideAlongAndIsNotMadeAnew() {
        register("s1", "g1", "/home", "/home/media");
        run(DirectoryCommand.newBuilder()
                .setMoveMount(MoveMount.newBuilder().setFrom("/home").setTo("/users")));
        assertThat(state.view().volumes()).containsOnlyKeys("/users", "/users/media");
        register("s1", "g1", "/home", "/home/media");
        assertThat(state.view().volumes()).containsOnlyKeys("/users", "/users/media");
    }

    @Test
    void aVolumeWithOthersInsideStaysAndNumbersAreNotUsedAgain() {
        register("s1", "g1", "/home", "/home/media");
        assertThat(code(remove("/home"))).isEqualTo(FailureCode.BUSY);
        remove("/home/media");
        remove("/home");
        register("s1", "g1", "/home");
        assertThat(state.view().volumes().get("/home"))
                .extracting(Volume::getNumber)
                .isEqualTo(3);
    }

    @Test
    void aVolumeIsNotRemovedForOneThatWasThereBefore() {
        register("s1", "g1", "/home");
        remove("/home");
        register("s1", "g1", "/home");
        RemoveVolume.Builder first = RemoveVolume.newBuilder().setPath("/home").setNumber(1);
        assertThat(code(run(DirectoryCommand.newBuilder().setRemoveVolume(first))))
                .isEqualTo(FailureCode.STALE);
        assertThat(run(DirectoryCommand.newBuilder().setRemoveVolume(first.setNumber(2)))
                        .hasFailure())
                .isFalse();
    }

    @Test
    void theLastServerOfAGroupWithVolumesIsNotForgotten() {
        register("s1", "g1", "/home");
        register("s2", "g1");
        assertThat(forget("s2").hasFailure()).isFalse();
        assertThat(code(forget("s1"))).isEqualTo(FailureCode.BUSY);
        remove("/home");
        assertThat(forget("s1").hasFailure()).isFalse();
    }

    @Test
    void aVolumeGoesToTheGroupWithMostFreeSpace() {
        register("s1", "g1");
        run(DirectoryCommand.newBuilder().setRegister(server("s2", "g2").setFreeBytes(1_000)));
        assertThat(create("/big", "").getVolume().getVolume().getGroup()).isEqualTo("g2");
        assertThat(code(create("/none", "g9"))).isEqualTo(FailureCode.NOT_FOUND);
    }

    @Test
    void whatCantBeReadIsRefused() throws InvalidProtocolBufferException {
        ByteString answer = state.apply(1, ++index, List.of(ByteString.copyFromUtf8("\u0007x")))
                .getFirst();
        assertThat(code(DirectoryOutcome.parseFrom(answer))).isEqualTo(FailureCode.INVALID);
        assertThat(code(register("s1", "g1", "not/absolute"))).isEqualTo(FailureCode.INVALID);
    }

    @Test
    void aCheckpointBringsAllBack() {
        found("cell");
        register("s1", "g1", "/home", "/x");
        state.skip(2, ++index);
        state.checkpoint(place.resolve("1"));
        DirectoryState other = new DirectoryState();
        other.restore(place.resolve("1"));
        assertThat(other.view()).isEqualTo(state.view());
        assertThat(other.applied()).isEqualTo(state.applied());
    }

    @Test
    void generatedCommandsDoWhatTheModelSays() {
        for (int seed = 0; seed < SEQUENCES; seed++) {
            state = new DirectoryState();
            index = 0;
            new Sequence(seed).run();
        }
    }

    /** Path to group, as the registrations, creations, moves and removals leave it. */
    private final class Sequence {
        private final TreeMap<String, String> model = new TreeMap<>();
        private final Random random;
        private final int seed;

        Sequence(int seed) {
            this.seed = seed;
            random = new Random(seed);
        }

        void run() {
            for (String group : List.of("g0", "g1", "g2")) {
                register("s" + group, group);
            }
            for (int step = 0; step < 20; step++) {
                int before = state.view().nextVolume();
                switch (random.nextInt(3)) {
                    case 0 -> createOne();
                    case 1 -> removeOne();
                    default -> moveOne();
                }
                TreeMap<String, String> seen = new TreeMap<>();
                state.view().volumes().forEach((path, v) -> seen.put(path, v.getGroup()));
                assertThat(seen).as("seed %d, step %d", seed, step).isEqualTo(model);
                assertThat(state.view().nextVolume()).isGreaterThanOrEqualTo(before);
            }
        }

        private String path() {
            return PATHS.get(random.nextInt(PATHS.size()));
        }

        private void createOne() {
            String path = path();
            String group = "g" + random.nextInt(3);
            boolean fine = !create(path, group).hasFailure();
            assertThat(fine).as("seed %d", seed).isEqualTo(!model.containsKey(path));
            model.putIfAbsent(path, group);
        }

        private void removeOne() {
            String path = path();
            boolean lonely = model.keySet().stream().filter(p -> isIn(p, path)).count() == 1;
            boolean fine = !remove(path).hasFailure();
            assertThat(fine).as("seed %d", seed).isEqualTo(model.containsKey(path) && lonely);
            if (fine) {
                model.remove(path);
            }
        }

        private void moveOne() {
            String from = path();
            String to = path();
            boolean may = model.containsKey(from)
                    && (from.equals(to) || (!isIn(to, from) && !model.containsKey(to)));
            var outcome = DirectoryStateTest.this.run(DirectoryCommand.newBuilder()
                    .setMoveMount(MoveMount.newBuilder().setFrom(from).setTo(to)));
            boolean fine = !outcome.hasFailure();
            if (may && !from.equals(to) && fine) {
                TreeMap<String, String> moved = new TreeMap<>();
                model.keySet().removeIf(path -> {
                    boolean goes = isIn(path, from);
                    if (goes) {
                        String base = to.equals("/") ? "" : to;
                        String rest = path.substring(from.equals("/") ? 0 : from.length());
                        moved.put((base + rest).isEmpty() ? "/" : base + rest, model.get(path));
                    }
                    return goes;
                });
                moved.forEach((path, group) ->
                        assertThat(model.put(path, group)).as("seed %d", seed).isNull());
            }
            assertThat(fine && !may).as("seed %d", seed).isFalse();
        }
    }

    @Test
    void ofFreshServersWithTheSameDirectoriesTheFirstFoundsAndTheOthersJoin() {
        found("c1");
        assertThat(fresh("s1", "g1", "/src", "/etc").getRegistered().getJoin()).isEmpty();
        RegisterServerReply second = fresh("s2", "g2", "/etc/", "/src").getRegistered();
        assertThat(second.getJoin()).isEqualTo("g1");
        assertThat(second.getMembersList()).containsExactly("s1.example:8010");
        assertThat(fresh("s1", "g1", "/src", "/etc").getRegistered().getVolumesCount())
                .isEqualTo(2);
        assertThat(state.view().servers()).containsOnlyKeys("s1");
    }

    @Test
    void aFreshServerWithOtherDirectoriesOrAtTheSameAddressDoesNotJoin() {
        found("c1");
        register("s1", "g1", "/src", "/etc");
        assertThat(code(fresh("s2", "g2", "/etc"))).isEqualTo(FailureCode.ALREADY_EXISTS);
        assertThat(code(fresh("s2", "g2", "/etc", "/src", "/home")))
                .isEqualTo(FailureCode.ALREADY_EXISTS);
        assertThat(code(register("s2", "g2", "/etc", "/src")))
                .isEqualTo(FailureCode.ALREADY_EXISTS);
        RegisterServer.Builder emptied = server("s2", "g2")
                .setFresh(true)
                .setAddress("s1.example:8010")
                .addAllDirectories(List.of("/src", "/etc"));
        assertThat(run(DirectoryCommand.newBuilder().setRegister(emptied))
                        .getFailure()
                        .getMessage())
                .contains("with another data folder");
    }

    @Test
    void aServerLeavesItsGroupForAnotherOnlyWithoutVolumes() {
        found("c1");
        register("s1", "g1", "/home");
        register("s2", "g2");
        create("/two", "g2");
        assertThat(code(register("s2", "g1"))).isEqualTo(FailureCode.BUSY);
        assertThat(state.view().servers().values())
                .extracting(Server::getGroup)
                .containsExactly("g1", "g2");
        remove("/two");
        assertThat(register("s2", "g1").getRegistered().getVolumesCount()).isEqualTo(1);
        assertThat(code(create("/two", "g2"))).isEqualTo(FailureCode.NOT_FOUND);
    }

    private DirectoryOutcome fresh(String server, String group, String... directories) {
        return run(DirectoryCommand.newBuilder()
                .setRegister(server(server, group)
                        .setFresh(true)
                        .addAllDirectories(List.of(directories))));
    }

    private static boolean isIn(String path, String above) {
        return above.equals("/") || path.equals(above) || path.startsWith(above + "/");
    }

    private static MountPoint mount(String path, int volume) {
        return MountPoint.newBuilder().setPath(path).setVolume(volume).build();
    }

    private static FailureCode code(DirectoryOutcome outcome) {
        return FailureCode.ofWire(outcome.getFailure().getCode()).orElseThrow();
    }

    private void found(String cell) {
        run(DirectoryCommand.newBuilder()
                .setFoundCell(FoundCell.newBuilder()
                        .setCell(cell)
                        .setKey(ByteString.copyFrom(new byte[32]))));
    }

    private static RegisterServer.Builder server(String server, String group) {
        return RegisterServer.newBuilder()
                .setServer(server)
                .setRole(Role.FILES)
                .setAddress(server + ".example:8010")
                .setGroup(group);
    }

    private DirectoryOutcome register(String server, String group, String... directories) {
        return run(DirectoryCommand.newBuilder()
                .setRegister(server(server, group).addAllDirectories(List.of(directories))));
    }

    private DirectoryOutcome create(String path, String group) {
        return run(DirectoryCommand.newBuilder()
                .setCreateVolume(CreateVolume.newBuilder().setPath(path).setGroup(group)));
    }

    private DirectoryOutcome remove(String path) {
        return run(DirectoryCommand.newBuilder()
                .setRemoveVolume(RemoveVolume.newBuilder().setPath(path)));
    }

    private DirectoryOutcome forget(String server) {
        return run(DirectoryCommand.newBuilder()
                .setForgetServer(ForgetServer.newBuilder().setServer(server)));
    }

    private DirectoryOutcome run(DirectoryCommand.Builder command) {
        try {
            return DirectoryOutcome.parseFrom(
                    state.apply(1, ++index, List.of(command.build().toByteString()))
                            .getFirst());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
