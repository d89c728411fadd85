package holdfast.server.files;

import static holdfast.server.files.TestingClient.failure;
import static holdfast.server.files.TestingClient.meanwhile;
import static holdfast.server.files.TestingClient.root;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.failure.FailureCode;
import holdfast.wire.files.FileMethods;
import holdfast.wire.log.VolumeCommand.ChangeCase;
import holdfast.wire.proto.Break;
import holdfast.wire.proto.Changed;
import holdfast.wire.proto.GetXattrs;
import holdfast.wire.proto.GroupStatus;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.SetXattr;
import holdfast.wire.proto.WalkReply;
import holdfast.wire.proto.Xattrs;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Rules 1 and 2, each with the interleaving that it is about. */
final class PromisesTest {
    private static final Duration LEASE = TestingServer.SETTINGS.callbacks().lease();

    @TempDir
    private Path folder;

    private TestingServer server;
    private TestingClient writer;
    private TestingClient reader;

    @BeforeEach
    void start() {
        server = new TestingServer(folder);
        writer = server.client("root");
        reader = server.client("root");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static void assertWaits(CompletableFuture<?> change) {
        assertThat(change).isNotDone();
        try {
            change.get(100, TimeUnit.MILLISECONDS);
            throw new AssertionError("answered before the break was acknowledged");
        } catch (TimeoutException e) {
            // It waits.
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    // ---- 1a ------------------------------------------------------------------------------------

    @Test
    void aChangeIsAnsweredOnlyWhenOtherClientsHaveAcknowledged() {
        long file = writer.create("a", "1");
        reader.promised("a");
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        Break told = reader.nextBreak();
        assertThat(told.getItemsList()).singleElement().satisfies(item -> {
            assertThat(item.getFile()).isEqualTo(file);
            assertThat(item.getChangeNumber()).isEqualTo(2);
            assertThat(item.getVnode()).isTrue();
            assertThat(item.getEntries()).isFalse();
        });
        assertWaits(store);
        reader.acknowledge(told.getNumber());
        assertThat(store.join().getFile().getDataVersion()).isEqualTo(2);
        assertThat(reader.read("a")).isEqualTo("2");
    }

    @Test
    void aChangeIsAnsweredWhenTheLeaseOfASilentClientHasRunOut() {
        long file = writer.create("a", "1");
        reader.promised("a");
        reader.closeChannel();
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        assertWaits(store);
        server.ticker.advance(LEASE.minusMillis(1));
        assertWaits(store);
        server.ticker.advance(Duration.ofMillis(1));
        assertThat(store.join().getFile().getDataVersion()).isEqualTo(2);
    }

    @Test
    void extendedAttributesComeWithAPromiseThatTheirChangeBreaks() {
        long file = writer.create("a", "1");
        GetXattrs get = GetXattrs.newBuilder().setFile(file).setPromises(true).build();
        Xattrs none = reader.ask(FileMethods.GET_XATTRS, get);
        assertThat(none.getItemsCount()).isZero();
        assertThat(none.getVnode().getPromised()).isTrue();
        assertThat(none.getVnode().getAttributes().getChangeNumber()).isEqualTo(1);
        SetXattr set = SetXattr.newBuilder()
                .setFile(file)
                .setName(TestingClient.bytes("user.a"))
                .build();
        CompletableFuture<Changed> change =
                meanwhile(() -> writer.change(FileMethods.SET_XATTR, set));
        Break told = reader.nextBreak();
        assertThat(told.getItems(0).getVnode()).isTrue();
        reader.acknowledge(told.getNumber());
        assertThat(change.join().getFile().getHasXattrs()).isTrue();
        assertThat(reader.ask(FileMethods.GET_XATTRS, get).getItemsCount()).isEqualTo(1);
    }

    /**
     * Where a name leads may rest on the vnode alone; the next change of that name is of others.
     */
    @Test
    void aChangeWaitsForTheBreaksOfThoseThatItBuildsOn() {
        TestingClient third = server.client("root");
        writer.create("a", "1");
        reader.promised("a");
        CompletableFuture<Changed> away =
                meanwhile(() -> writer.change(FileMethods.REMOVE, writer.removing("a")));
        Break told = reader.nextBreak();
        CompletableFuture<Long> again = meanwhile(() -> third.create("a", "2"));
        assertWaits(again);
        assertWaits(away);
        reader.acknowledge(told.getNumber());
        away.join();
        assertThat(third.read("a")).isEqualTo("2");
        again.join();
    }

    @Test
    void aRepeatedRequestWaitsForTheSameBreaks() {
        long file = writer.create("a", "1");
        reader.promised("a");
        RequestHeader header = writer.next();
        writer.patience = Duration.ofMillis(300);
        assertThat(failure(() -> writer.call(
                                FileMethods.STORE, header, writer.storing(file, 1, "2")))
                        .code())
                .isEqualTo(FailureCode.INDETERMINATE);
        writer.patience = Duration.ofSeconds(30);
        CompletableFuture<Changed> again = meanwhile(
                () -> writer.call(FileMethods.STORE, header, writer.storing(file, 1, "2")));
        Break told = reader.nextBreak();
        assertWaits(again);
        reader.acknowledge(told.getNumber());
        assertThat(again.join().getFile().getDataVersion()).isEqualTo(2);
        reader.expectNoBreak();
    }

    @Test
    void aRepeatedRequestIsCarriedOutOnceWhenTheLogsAnswerWasLost() {
        long file = writer.create("a", "1");
        reader.promised("a");
        reader.acknowledging = true;
        server.log.loseAnswer(ChangeCase.STORE);
        RequestHeader header = writer.next();
        assertThat(failure(() -> writer.call(
                                FileMethods.STORE, header, writer.storing(file, 1, "2")))
                        .code())
                .isEqualTo(FailureCode.INDETERMINATE);
        assertThat(reader.nextBreak().getItems(0).getFile()).isEqualTo(file);
        Changed again = writer.call(FileMethods.STORE, header, writer.storing(file, 1, "2"));
        assertThat(again.getFile().getDataVersion()).isEqualTo(2);
        assertThat(server.reader().attributes(file).getDataVersion()).isEqualTo(2);
    }

    @Test
    void aChangeWhoseAskerHasGoneIsBrokenToOthersAllTheSame() {
        writer.create("a", "1");
        reader.promised("a");
        server.log.loseCommand(ChangeCase.REMOVE);
        assertThat(failure(() -> writer.change(FileMethods.REMOVE, writer.removing("a")))
                        .code())
                .isEqualTo(FailureCode.INDETERMINATE);
        Break told = reader.nextBreak();
        assertThat(told.getItems(0).getVnode()).isTrue();
        assertThat(reader.walk("a").getEnded().getCode()).isEqualTo(FailureCode.NOT_FOUND.wire());
        reader.acknowledge(told.getNumber());
    }

    @Test
    void aStoresBreaksGoOutBeforeItsCommit() {
        long file = writer.create("a", "1");
        reader.promised("a");
        Pause pause = server.log.pauseBefore(ChangeCase.STORE);
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        pause.awaitReached();
        Break told = reader.nextBreak();
        reader.acknowledge(told.getNumber());
        assertThat(reader.read("a")).isEqualTo("1");
        pause.release();
        assertThat(store.join().getFile().getDataVersion()).isEqualTo(2);
        reader.expectNoBreak();
    }

    @Test
    void theChangersOwnPromisesAreNotBroken() {
        long file = writer.create("a", "1");
        writer.promised("a");
        Changed stored = writer.store(file, 1, "2");
        assertThat(stored.getPromised()).isTrue();
        writer.expectNoBreak();
        writer.acknowledging = true;
        reader.store(file, 2, "3");
        assertThat(writer.nextBreak().getItems(0).getChangeNumber()).isEqualTo(3);
    }

    // ---- 1b ------------------------------------------------------------------------------------

    @Test
    void whatIsBeingChangedGetsNoPromiseUntilTheAnswer() {
        long file = writer.create("a", "1");
        Pause pause = server.log.pauseAfter(ChangeCase.STORE);
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        pause.awaitReached();
        WalkReply meanwhile = reader.walk("a");
        assertThat(meanwhile.getSteps(1).getPromised()).isFalse();
        assertThat(meanwhile.getSteps(0).getPromised()).isTrue();
        pause.release();
        store.join();
        reader.promised("a");
    }

    @Test
    void readsDoNotWaitForBreaks() {
        long file = writer.create("a", "1");
        reader.promised("a");
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        Break told = reader.nextBreak();
        TestingClient third = server.client("root");
        org.awaitility.Awaitility.await().until(() -> third.read("a").equals("2"));
        assertWaits(store);
        reader.acknowledge(told.getNumber());
        store.join();
    }

    @Test
    void makingANameBreaksEntriesPromisesOnly() {
        writer.mkdir("d");
        WalkReply walked = reader.promised("d");
        long d = walked.getSteps(1).getAttributes().getFile();
        assertThat(reader.list(root()).getFolder().getEntriesPromised()).isTrue();
        reader.acknowledging = true;
        writer.create("b", "1");
        Break told = reader.nextBreak();
        assertThat(told.getItemsList()).singleElement().satisfies(item -> {
            assertThat(item.getFile()).isEqualTo(root());
            assertThat(item.getEntries()).isTrue();
            assertThat(item.getVnode()).isFalse();
        });
        assertThat(d).isNotZero();
    }

    @Test
    void theAbsenceOfANameIsPromisedAndBroken() {
        assertThat(reader.walk("x").getAbsencePromised()).isTrue();
        CompletableFuture<Long> create = meanwhile(() -> writer.create("x", "1"));
        Break told = reader.nextBreak();
        assertThat(told.getItems(0).getEntries()).isTrue();
        assertWaits(create);
        reader.acknowledge(told.getNumber());
        create.join();
    }

    @Test
    void aRenameBreaksTheVnodePromiseOfWhatMovesAndOfWhatItReplaces() {
        long moved = writer.create("a", "1");
        long replaced = writer.create("b", "2");
        reader.promised("a");
        reader.promised("b");
        CompletableFuture<Changed> rename =
                meanwhile(() -> writer.change(FileMethods.RENAME, writer.renaming("a", "b")));
        Break told = reader.nextBreak();
        assertThat(told.getItemsList())
                .extracting(item -> item.getFile())
                .containsExactlyInAnyOrder(moved, replaced);
        assertWaits(rename);
        reader.acknowledge(told.getNumber());
        assertThat(rename.join().getFile().getFile()).isEqualTo(moved);
    }

    // ---- 1c ------------------------------------------------------------------------------------

    @Test
    void answersAndBreaksNameTheTerm() {
        long file = writer.create("a", "1");
        reader.promised("a");
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        Break told = reader.nextBreak();
        assertThat(told.getTerm()).isEqualTo(server.log.leadingTerm());
        assertThat(told.getNumber()).isEqualTo(1);
        assertThat(reader.renew().getLastBreak()).isEqualTo(1);
        reader.acknowledge(1);
        assertThat(store).succeedsWithin(Duration.ofSeconds(30));
    }

    // ---- 2 -------------------------------------------------------------------------------------

    @Test
    void aClientWithoutALeaseIsPromisedNothing() {
        writer.create("a", "1");
        server.ticker.advance(LEASE);
        assertThat(reader.walk("a").getSteps(1).getPromised()).isFalse();
        reader.renew();
        reader.promised("a");
    }

    @Test
    void anUnregisteredClientGetsNoChannel() {
        TestingClient stranger = server.stranger("root");
        stranger.client = 12345;
        assertThat(failure(() -> {
                            stranger.reopenChannel();
                            return stranger;
                        })
                        .code())
                .isEqualTo(FailureCode.UNKNOWN_CLIENT);
    }

    @Test
    void aRenewalThatLacksAnOldBreakExtendsNothingAndTheClientStartsAnew() {
        long file = writer.create("a", "1");
        writer.create("b", "1");
        reader.promised("a");
        reader.promised("b");
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        Break told = reader.nextBreak();
        server.ticker.advance(Duration.ofMillis(1_001));
        var refused = reader.renew();
        assertThat(refused.getLeaseMillis()).isZero();
        assertThat(refused.getLastBreak()).isGreaterThan(told.getNumber());
        assertThat(reader.walk("b").getSteps(1).getPromised()).isFalse();
        assertWaits(store);
        reader.acknowledge(told.getNumber()); // late, and not enough: it still holds b
        store.join();
        assertThat(reader.renew().getLeaseMillis()).isZero();
        CompletableFuture<Changed> remove =
                meanwhile(() -> writer.change(FileMethods.REMOVE, writer.removing("b")));
        assertWaits(remove);
        reader.acknowledge(refused.getLastBreak());
        remove.join();
        assertThat(reader.renew().getLeaseMillis()).isPositive();
        reader.promised("a");
    }

    @Test
    void aSlowClientCostsWritersOneLease() {
        long file = writer.create("a", "1");
        reader.promised("a");
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        reader.nextBreak();
        server.ticker.advance(Duration.ofSeconds(2));
        assertThat(reader.renew().getLeaseMillis()).isZero();
        assertWaits(store);
        server.ticker.advance(LEASE.minusSeconds(2));
        store.join();
        assertThat(reader.renew().getLeaseMillis()).isPositive();
    }

    @Test
    void breaksNotAcknowledgedComeAgainOnTheNextChannel() {
        long file = writer.create("a", "1");
        reader.promised("a");
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        Break first = reader.nextBreak();
        reader.reopenChannel();
        reader.renew();
        Break again = reader.nextBreak();
        assertThat(again).isEqualTo(first);
        assertWaits(store);
        reader.acknowledge(again.getNumber());
        store.join();
    }

    @Test
    void numbersOfAnotherTermAcknowledgeNothing() {
        long file = writer.create("a", "1");
        reader.promised("a");
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        Break told = reader.nextBreak();
        long term = reader.term;
        reader.term = term - 1;
        reader.acknowledge(1_000);
        assertWaits(store);
        reader.term = term;
        reader.acknowledge(told.getNumber());
        store.join();
    }

    @Test
    void aPromiseGivenUpIsBrokenLikeAnyOther() {
        long file = writer.create("a", "1");
        reader.promised("a");
        reader.send(holdfast.wire.proto.FromClient.newBuilder().addDropped(file));
        Break told = reader.nextBreak();
        assertThat(told.getItems(0).getFile()).isEqualTo(file);
        CompletableFuture<Changed> store = meanwhile(() -> writer.store(file, 1, "2"));
        assertWaits(store);
        reader.acknowledge(told.getNumber());
        store.join();
        reader.expectNoBreak();
    }

    @Test
    void ofWhatIsGoneItsRemoverIsPromisedNothing() {
        writer.create("a", "1");
        writer.promised("a");
        long before = promises();
        writer.change(FileMethods.REMOVE, writer.removing("a"));
        writer.create("b", "1");
        writer.create("c", "1");
        writer.change(FileMethods.RENAME, writer.renaming("b", "c"));
        assertThat(promises()).isEqualTo(before); // c instead of a, beside the root
        writer.expectNoBreak();
    }

    private long promises() {
        return reader.ask(FileMethods.GROUP_STATUS, GroupStatus.getDefaultInstance())
                .getPromises();
    }

    @Test
    void overTheBoundTheOldestPromiseIsBroken() {
        var few = new holdfast.server.callback.CallbackSettings(
                LEASE, Duration.ofSeconds(1), 4, 100, 100);
        try (TestingServer small =
                new TestingServer(folder.resolve("small"), TestingServer.withPromises(few))) {
            TestingClient client = small.client("root");
            long first = client.create("a", "1");
            client.promised("a"); // the root and a
            client.create("b", "1");
            client.create("c", "1");
            client.acknowledging = true;
            client.promised("b");
            client.promised("c"); // beyond four: the oldest but the root, walked through again
            client.create("d", "1");
            client.promised("d");
            assertThat(client.nextBreak().getItems(0).getFile()).isEqualTo(first);
        }
    }
}
