package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import holdfast.client.ScriptedCell;
import holdfast.client.ScriptedServers;
import holdfast.client.ScriptedServers.Callbacks;
import holdfast.client.ScriptedTree;
import holdfast.client.session.Environment;
import holdfast.client.session.GroupConnection.Style;
import holdfast.client.session.Session;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.proto.Known;
import holdfast.wire.proto.Validate;
import holdfast.wire.proto.ValidateReply;
import holdfast.wire.proto.Validity;
import holdfast.wire.transport.Transport.Answered;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** Paths, symbolic links, and what promises allow without a message; rules 1 to 3. */
class ResolverTest {
    private final ScriptedCell cell = new ScriptedCell();
    private final ScriptedTree tree = new ScriptedTree();
    private final Environment environment = cell.environment("ann");
    private final Session session =
            new Session(environment, cell.directories(), List.of(), Style.LASTING);
    private final ReplicaGroups groups = new ReplicaGroups(session, true, 1000);
    private final Rights rights = new Rights(environment.caller());
    private final Resolver resolver = new Resolver(groups, rights);
    private final Listing listing = new Listing(resolver, groups, rights);
    private Callbacks callbacks;

    @BeforeEach
    void firstLease() throws InterruptedException {
        tree.serve(cell.servers());
        Thread ready =
                Thread.ofVirtual().start(() -> groups.group("g").connection().ready(soon()));
        callbacks = cell.servers().nextCallbacks();
        callbacks.tell(ScriptedCell.renewed(callbacks.nextRenewal(), 1));
        ready.join();
    }

    @AfterEach
    void close() {
        groups.close();
        session.close();
    }

    private Deadline soon() {
        return environment.in(Duration.ofSeconds(20));
    }

    private Resolved resolve(String path) {
        return resolver.resolve(Spot.at(CellPath.parse(path)), Lookup.stat(true), soon());
    }

    private FileId found(String path) {
        return resolver.found(Spot.at(CellPath.parse(path)), Lookup.stat(true), soon())
                .vnode()
                .file();
    }

    private int walks() {
        return cell.servers().seen(FileMethods.WALK).size();
    }

    private void failsWith(FailureCode code, String path) {
        assertThatThrownBy(() -> found(path))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void aDeepPathCostsOneRequestAndThenNone() {
        FileId a = tree.folder(ScriptedTree.ROOT, "a");
        FileId b = tree.folder(a, "b");
        FileId f = tree.file(b, "f");
        assertThat(found("/a/b/f")).isEqualTo(f);
        assertThat(walks()).isEqualTo(1);
        assertThat(found("/a/b/f")).isEqualTo(f);
        assertThat(found("/a/b")).isEqualTo(b);
        assertThat(walks()).isEqualTo(1);
    }

    @Test
    void anAbsentNameIsRememberedUnderTheEntriesPromise() throws InterruptedException {
        assertThat(resolve("/x")).isInstanceOf(Resolved.Absent.class);
        assertThat(resolve("/x")).isInstanceOf(Resolved.Absent.class);
        assertThat(walks()).isEqualTo(1);
        FileId x = tree.file(ScriptedTree.ROOT, "x");
        breakPromise(1, ScriptedTree.ROOT);
        assertThat(found("/x")).isEqualTo(x);
    }

    @Test
    void symbolicLinksAreFollowedAsPosixSays() {
        FileId a = tree.folder(ScriptedTree.ROOT, "a");
        FileId b = tree.folder(a, "b");
        FileId c = tree.folder(b, "c");
        FileId f = tree.file(a, "f");
        tree.link(ScriptedTree.ROOT, "to-c", "a/b/c");
        tree.link(c, "up", "../../f");
        tree.link(c, "absolute", "/a/./b//c/up");
        tree.link(ScriptedTree.ROOT, "beyond", "../../a/f");
        assertThat(found("/to-c/up")).isEqualTo(f);
        assertThat(found("/to-c/absolute")).isEqualTo(f);
        assertThat(found("/beyond")).isEqualTo(f);
        assertThat(found("/to-c")).isEqualTo(c);
    }

    @Test
    void dotDotInATargetGoesBackFromWhereALinkLed() {
        FileId a = tree.folder(ScriptedTree.ROOT, "a");
        FileId b = tree.folder(a, "b");
        FileId wanted = tree.file(a, "f");
        tree.file(ScriptedTree.ROOT, "f");
        tree.link(ScriptedTree.ROOT, "to-b", "a/b");
        tree.link(ScriptedTree.ROOT, "up-from-b", "to-b/../f");
        assertThat(b).isNotNull();
        assertThat(found("/up-from-b")).isEqualTo(wanted);
    }

    @Test
    void aLoopOfLinksEnds() {
        tree.link(ScriptedTree.ROOT, "one", "two");
        tree.link(ScriptedTree.ROOT, "two", "one");
        failsWith(FailureCode.LOOP, "/one");
        failsWith(FailureCode.LOOP, "/one/f");
    }

    @Test
    void aLinkItselfCanBeLookedAt() {
        FileId link = tree.link(ScriptedTree.ROOT, "dangling", "nowhere");
        Resolved.Found found =
                resolver.found(Spot.at(CellPath.parse("/dangling")), Lookup.stat(false), soon());
        assertThat(found.vnode().file()).isEqualTo(link);
        Resolved behind = resolve("/dangling");
        assertThat(behind).isInstanceOf(Resolved.Absent.class);
        assertThat(behind.path()).hasToString("/nowhere");
    }

    @Test
    void aFileInTheMiddleIsNoDirectory() {
        tree.file(ScriptedTree.ROOT, "f");
        failsWith(FailureCode.NOT_A_DIRECTORY, "/f/x");
        found("/f");
        failsWith(FailureCode.NOT_A_DIRECTORY, "/f/x");
    }

    @Test
    void searchingIsRefusedFromMemoryToo() throws InterruptedException {
        FileId a = tree.folder(ScriptedTree.ROOT, "a");
        tree.file(a, "f");
        found("/a/f");
        tree.chmod(a, 0600);
        breakPromise(1, a);
        found("/a");
        failsWith(FailureCode.DENIED, "/a/f");
    }

    @Test
    void aBreakMakesTheNextLookupAsk() throws InterruptedException {
        FileId f = tree.file(ScriptedTree.ROOT, "f");
        found("/f");
        long number = tree.touch(f);
        breakPromise(1, f);
        Resolved.Found now =
                resolver.found(Spot.at(CellPath.parse("/f")), Lookup.stat(true), soon());
        assertThat(now.attributes().getChangeNumber()).isEqualTo(number);
        assertThat(walks()).isEqualTo(2);
    }

    @Test
    void aBreakThatOvertakesTheAnswerVoidsItsPromise() throws Exception {
        FileId f = tree.file(ScriptedTree.ROOT, "f");
        CountDownLatch answered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        holdAnswers(answered, release);
        CompletableFuture<FileId> first = CompletableFuture.supplyAsync(() -> found("/f"));
        answered.await();
        tree.touch(f);
        breakPromise(1, f);
        release.countDown();
        assertThat(first.join()).isEqualTo(f);
        tree.serve(cell.servers());
        Resolved.Found now =
                resolver.found(Spot.at(CellPath.parse("/f")), Lookup.stat(true), soon());
        assertThat(now.attributes()).isEqualTo(tree.attributes(f));
        assertThat(walks()).isEqualTo(2);
    }

    /** The tree's answers are made at once and delivered when {@code release} opens. */
    private void holdAnswers(CountDownLatch answered, CountDownLatch release) {
        cell.servers().onCall(FileMethods.WALK, call -> {
            var reply = tree.walk(ScriptedServers.body(FileMethods.WALK, call));
            answered.countDown();
            awaitQuietly(release);
            return new Answered<>(reply, 1);
        });
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aNameDoesNotComeBackWithAnotherPromiseOnItsVnode() throws InterruptedException {
        FileId a = tree.folder(ScriptedTree.ROOT, "a");
        FileId f = tree.file(ScriptedTree.ROOT, "f");
        found("/f");
        found("/a");
        tree.unbind(ScriptedTree.ROOT, "f");
        tree.bind(a, "g", f);
        tree.touch(f);
        breakPromise(1, f);
        assertThat(found("/a/g")).isEqualTo(f);
        failsWith(FailureCode.NOT_FOUND, "/f");
    }

    @Test
    void withoutALeaseEverythingIsAskedFor() {
        tree.file(ScriptedTree.ROOT, "f");
        found("/f");
        cell.clocks().pass(Duration.ofMillis(ScriptedCell.LEASE_MILLIS));
        found("/f");
        assertThat(walks()).isEqualTo(2);
    }

    @Test
    void aWallClockThatJumpedEndsTheLease() {
        tree.file(ScriptedTree.ROOT, "f");
        found("/f");
        cell.clocks().jumpWall(Duration.ofMinutes(5));
        found("/f");
        assertThat(walks()).isEqualTo(2);
    }

    @Test
    void afterANewTermWhatIsKnownIsCheckedInBulkAndUsedAgain() throws InterruptedException {
        FileId f = tree.file(ScriptedTree.ROOT, "f");
        FileId g = tree.file(ScriptedTree.ROOT, "g");
        found("/f");
        found("/g");
        tree.touch(g);
        cell.servers().on(FileMethods.VALIDATE, 2, this::validated);
        tree.term(2);
        callbacks.close();
        Callbacks next = cell.servers().nextCallbacks();
        next.tell(ScriptedCell.renewed(next.nextRenewal(), 2));
        await().until(() -> !cell.servers().seen(FileMethods.VALIDATE).isEmpty());
        int before = walks();
        await().until(() -> promised(f));
        assertThat(found("/f")).isEqualTo(f);
        assertThat(walks()).isEqualTo(before);
        found("/g");
        assertThat(walks()).isEqualTo(before + 1);
    }

    private boolean promised(FileId file) {
        VnodeCache vnodes = groups.group("g").vnodes();
        return vnodes.get(file).orElseThrow().state().promised() == vnodes.peek();
    }

    private ValidateReply validated(Validate request) {
        ValidateReply.Builder reply = ValidateReply.newBuilder();
        for (Known known : request.getKnownList()) {
            long now = tree.attributes(new FileId(known.getFile())).getChangeNumber();
            boolean current = now == known.getChangeNumber();
            reply.addItems(Validity.newBuilder()
                    .setCurrent(current)
                    .setPromised(current)
                    .setEntriesPromised(current && known.getEntries()));
        }
        return reply.build();
    }

    @Test
    void aListIsReadInPagesAndThenFromMemory() throws InterruptedException {
        for (int i = 0; i < 2500; i++) {
            tree.file(ScriptedTree.ROOT, "f" + i);
        }
        groups.group("g");
        assertThat(list("/")).hasSize(2500);
        assertThat(cell.servers().seen(FileMethods.LIST_ENTRIES)).hasSize(3);
    }

    @Test
    void aListUnderPromisesCostsNothing() throws InterruptedException {
        FileId f = tree.file(ScriptedTree.ROOT, "f");
        tree.file(ScriptedTree.ROOT, "g");
        assertThat(list("/")).containsExactly("f", "g");
        assertThat(list("/")).containsExactly("f", "g");
        assertThat(cell.servers().seen(FileMethods.LIST_ENTRIES)).hasSize(1);
        found("/f");
        assertThat(resolve("/h")).isInstanceOf(Resolved.Absent.class);
        assertThat(walks()).isEqualTo(1);
        breakPromise(1, f);
        assertThat(list("/")).containsExactly("f", "g");
        assertThat(cell.servers().seen(FileMethods.LIST_ENTRIES)).hasSize(2);
    }

    private List<String> list(String path) {
        List<String> names = new ArrayList<>();
        listing.list(
                Spot.at(CellPath.parse(path)),
                entry -> names.add(entry.name().toString()),
                this::soon);
        return names;
    }

    private void breakPromise(long number, FileId file) throws InterruptedException {
        callbacks.tell(ScriptedCell.broken(
                number, 1, file.value(), tree.attributes(file).getChangeNumber()));
        while (callbacks.next().getHandled() < number) {
            Thread.onSpinWait();
        }
    }
}
