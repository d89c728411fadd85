package holdfast.server.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.replication.TestingMembers.Member;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.MemberCall;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.TcpTransport;

import org.apache.ratis.util.MD5FileUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

final class MembersTest {
    private static final UUID GROUP = UUID.fromString("0a1b2c3d-93a5-4c8b-9c5f-0b8c1c1f6f10");

    private static final int REPLACEMENTS = Integer.getInteger("holdfast.members.replacements", 4);

    @TempDir
    Path folder;

    private TestingMembers members;

    @BeforeEach
    void open() {
        members = new TestingMembers(folder, GROUP, 100);
    }

    @AfterEach
    void close() {
        members.close();
    }

    private static void assertFails(Runnable what, FailureCode code) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private Member follower() {
        Member leader = members.leader();
        return members.all().stream().filter(m -> m != leader).findFirst().orElseThrow();
    }

    private void grow(int size) {
        members.found();
        while (members.all().size() < size) {
            members.join();
        }
    }

    @Test
    void aGroupGrowsFromOneToThreeAndAllHoldTheSame() {
        Member first = members.found();
        first.propose("alone");
        members.join();
        members.join();
        members.leader().propose("together");
        assertThat(members.equalCommands()).containsExactly("alone", "together");
        assertThat(first.membership().view().members())
                .extracting(Membership.Member::address)
                .containsExactlyInAnyOrderElementsOf(
                        members.all().stream().map(m -> m.address.toString()).toList());
    }

    @Test
    void onlyTheLeaderTakesProposalsAndTheOthersKnowWhoItIs() {
        grow(3);
        Member leader = members.leader();
        Member follower = follower();
        assertFails(() -> follower.propose("x"), FailureCode.NOT_LEADER);
        assertFails(
                () -> follower.log().confirmLeadership(TestingMembers.soon()),
                FailureCode.NOT_LEADER);
        assertFails(
                () -> follower.membership().remove(leader.id(), TestingMembers.soon()),
                FailureCode.NOT_LEADER);
        await().untilAsserted(() -> assertThat(follower.membership().view().leaderAddress())
                .contains(leader.address.toString()));
    }

    @Test
    void aGroupOfThreeGoesOnWithoutItsLeader() {
        grow(3);
        Member old = members.leader();
        old.propose("before");
        old.stop();
        members.leader().propose("after");
        old.start();
        assertThat(members.equalCommands()).containsExactly("before", "after");
    }

    @Test
    void allMembersMayBeStoppedAndStartedAgain() {
        grow(3);
        members.leader().propose("before");
        members.all().forEach(Member::stop);
        members.all().forEach(Member::start);
        members.leader().propose("after");
        assertThat(members.equalCommands()).containsExactly("before", "after");
    }

    @Test
    void aLeaderThatIsCutOffDoesNotConfirmThatItLeads() {
        grow(3);
        Member old = members.leader();
        long term = old.log().confirmLeadership(TestingMembers.soon());
        members.isolate(old);
        Member next = await().atMost(Duration.ofSeconds(30))
                .until(
                        () -> members.all().stream()
                                .filter(m -> m != old && m.leads())
                                .findFirst(),
                        java.util.Optional::isPresent)
                .orElseThrow();
        assertThat(next.log().confirmLeadership(TestingMembers.soon())).isGreaterThan(term);
        assertThatThrownBy(() -> old.log()
                        .confirmLeadership(Deadline.in(Duration.ofSeconds(2), System::nanoTime)))
                .isInstanceOf(FailureException.class);
        next.propose("of the new term");
        members.healAll();
        assertThat(members.equalCommands()).containsExactly("of the new term");
        assertFails(() -> old.propose("x"), FailureCode.NOT_LEADER);
    }

    @Test
    void aMemberThatWasAwayWhileTheLogWasCutGetsACheckpoint() {
        grow(3);
        Member away = follower();
        away.stop();
        ByteString large = ByteString.copyFrom(new byte[600_000]);
        for (int i = 0; i < 300; i++) {
            members.leader().propose("c" + i);
        }
        for (int i = 0; i < 60; i++) {
            members.leader().log().propose(large, TestingMembers.soon());
        }
        for (int i = 0; i < 120; i++) {
            members.leader().propose("d" + i);
        }
        away.start();
        assertThat(members.equalCommands()).hasSize(480);
        assertThat(away.machine().restores()).as("checkpoints taken in").isPositive();
        away.stop();
        away.start();
        members.leader().propose("more");
        assertThat(members.equalCommands()).hasSize(481).endsWith("more");
    }

    @Test
    void aMemberIsTakenInThoughTheAnswerToItsEntriesWasLostAndNothingElseHappens() {
        members.found();
        for (int i = 0; i < 20; i++) {
            members.leader().propose("c" + i);
        }
        members.loseAnswersToEntries(1);
        Member unused = members.join();
        assertThat(members.equalCommands()).hasSize(20);
    }

    @Test
    void aMemberIsTakenInThoughTheAnswerToItsCheckpointWasLost() {
        members.found();
        for (int i = 0; i < 300; i++) {
            members.leader().propose("c" + i);
        }
        members.loseAnswersToCheckpoints(1);
        Member fresh = members.join();
        assertThat(members.equalCommands()).hasSize(300);
        assertThat(fresh.machine().restores()).as("checkpoints taken in").isEqualTo(1);
    }

    /** By hand more often: {@code -Dholdfast.members.replacements=200}. */
    @Test
    void membersAreReplacedWhereTheyWereAgainAndAgain() {
        grow(3);
        int written = 0;
        for (int i = 0; i < REPLACEMENTS; i++) {
            for (int k = 0; k < 60; k++) {
                members.leader().propose("c" + written++);
            }
            members.replace(i % 3 == 2 ? follower() : members.leader());
            members.atLeader(leader -> leader.propose("after"));
            written++;
        }
        assertThat(members.equalCommands()).hasSizeGreaterThanOrEqualTo(written);
    }

    @Test
    void aCrashWhileACheckpointIsTakenInLosesNothing() throws Exception {
        grow(3);
        Member away = follower();
        for (int i = 0; i < 300; i++) {
            members.leader().propose("c" + i);
        }
        members.equalCommands();
        away.stop();
        Path own = away.checkpoints();
        Path aside = own.resolveSibling(own.getFileName() + ".tmp20260101-000000.000");

        Files.move(own, aside); // the one received was not moved here yet
        Files.createDirectories(own.resolveSibling("tmp").resolve("snapshot-x").resolve("sm"));
        away.start();
        assertThat(members.equalCommands()).hasSize(300);
        assertThat(aside).doesNotExist();
        assertThat(own.resolveSibling("tmp")).isEmptyDirectory();

        away.stop();
        Files.move(own, aside); // it was, but did not reach the disk
        Path received = own.resolve("checkpoint.9_100000");
        Files.createDirectories(received);
        File part = Files.writeString(received.resolve("part"), "cut short").toFile();
        MD5FileUtil.saveMD5File(part, MD5FileUtil.computeMd5ForFile(part));
        Files.writeString(part.toPath(), "cut");
        away.start();
        assertThat(members.equalCommands()).hasSize(300);
        assertThat(aside).doesNotExist();
        assertThat(received).doesNotExist();
        members.leader().propose("more");
        assertThat(members.equalCommands()).hasSize(301).endsWith("more");
    }

    @Test
    void aLeaderKeepsItsLeaseWhileALargeEntryIsLongOnItsWay() throws Exception {
        grow(3);
        Member leader = members.leader();
        long term = leader.log().confirmLeadership(TestingMembers.soon());
        members.slow(10_000);
        CompletableFuture<ByteString> large = CompletableFuture.supplyAsync(
                () -> leader.propose("x".repeat(100_000)),
                task -> Thread.ofVirtual().start(task));
        await().pollInterval(Duration.ofMillis(20))
                .during(Duration.ofSeconds(2)) // several leases, and elections
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(leader.log().leadingTerm()).isEqualTo(term));
        assertThat(leader.log()
                        .confirmLeadership(Deadline.in(Duration.ofSeconds(1), System::nanoTime)))
                .isEqualTo(term);
        assertThat(large).isNotDone();
        members.quick();
        assertThat(large.get(30, TimeUnit.SECONDS)).isNotNull();
        assertThat(members.equalCommands()).hasSize(1);
        assertThat(leader.log().confirmLeadership(TestingMembers.soon())).isEqualTo(term);
    }

    @Test
    void leadershipIsHandedOver() {
        grow(3);
        Member next = follower();
        members.leader().membership().transfer(next.id(), TestingMembers.soon());
        await().until(next::leads);
        next.propose("mine");
        assertThat(members.equalCommands()).containsExactly("mine");
    }

    @Test
    void aMemberThatIsRemovedEndsAndADeadOneIsReplaced() throws Exception {
        grow(3);
        Member dead = follower();
        String id = dead.id();
        dead.stop();
        Member replacement = members.join();
        members.atLeader(leader -> leader.membership().remove(id, TestingMembers.soon()));
        members.leader().propose("of the new three");
        assertThat(members.leader().membership().view().members())
                .extracting(Membership.Member::id)
                .hasSize(3)
                .contains(replacement.id())
                .doesNotContain(id);
        dead.start();
        FailureException told = dead.stopped.poll(60, TimeUnit.SECONDS);
        assertThat(told).isNotNull().hasMessageContaining("removed from its group");
    }

    @Test
    void aLeaderThatIsToGoHandsOverFirst() {
        grow(3);
        members.leader().propose("before");
        members.leave(members.leader());
        members.leave(members.leader());
        Member last = members.leader();
        last.propose("after");
        assertThat(last.machine().commands()).containsExactly("before", "after");
        assertFails(
                () -> last.membership().remove(last.id(), TestingMembers.soon()),
                FailureCode.INVALID);
        last.stop();
        last.start();
        members.leader().propose("again");
        assertThat(last.machine().commands()).containsExactly("before", "after", "again");
    }

    @Test
    void callsForAnotherMemberOrOfNoSenseAreRefused() {
        Member first = members.found();
        try (TcpTransport stranger = new TcpTransport()) {
            MemberCall.Builder call = MemberCall.newBuilder()
                    .setFrom(ByteString.copyFromUtf8("0".repeat(32)))
                    .setAddress("127.0.0.1:1");
            assertFails(() -> send(stranger, first, call.build()), FailureCode.NOT_MINE);
            call.setTo(ByteString.copyFromUtf8(first.id()));
            call.setMessage(ByteString.copyFromUtf8("no message"));
            assertFails(() -> send(stranger, first, call.build()), FailureCode.INVALID);
        }
        first.propose("still here");
        assertThat(first.machine().commands()).isEqualTo(List.of("still here"));
    }

    private static void send(TcpTransport stranger, Member to, MemberCall call) {
        var unused = stranger.call(
                to.address,
                MemberMethods.APPEND_ENTRIES,
                RequestHeader.getDefaultInstance(),
                call,
                TestingMembers.soon());
    }
}
