package holdfast.server.volume;

import static holdfast.server.volume.Group.ROOT;
import static holdfast.server.volume.Group.bytes;
import static holdfast.server.volume.Group.code;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.RequestBounds;
import holdfast.wire.log.AddClient;
import holdfast.wire.log.EndClient;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.log.VolumeOutcome;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Remove;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Clients and their answered requests: each is carried out once (rule 5). */
final class RequestsTest {
    private final Group group = new Group();
    private final long client = register();

    private long register() {
        return group.run(group.command().setAddClient(AddClient.getDefaultInstance()))
                .getClient()
                .getClient();
    }

    private VolumeCommand.Builder request(long request, long lowestOpen) {
        return group.command().setClient(client).setRequest(request).setLowestOpen(lowestOpen);
    }

    private VolumeCommand.Builder creating(long request, long lowestOpen, String name) {
        return request(request, lowestOpen)
                .setCreate(group.creating(ROOT, bytes(name), FileType.FILE));
    }

    private VolumeCommand.Builder removing(long request, String name) {
        return request(request, 1)
                .setRemove(Remove.newBuilder().setParent(ROOT).setName(bytes(name)));
    }

    @Test
    void aRepeatedRequestGetsTheSameOutcomeAndDoesNothing() {
        VolumeCommand.Builder create = creating(1, 1, "a");
        VolumeOutcome first = group.run(create);
        group.remove(ROOT, "a", false);
        VolumeOutcome repeated = group.run(create);
        assertThat(repeated)
                .isEqualTo(first.toBuilder().setRepeatedRequest(true).build());
        assertThat(repeated.getBrokenList()).isNotEmpty();
        assertThat(group.names(ROOT)).isEmpty();
    }

    @Test
    void aRefusalIsTheAnswerToItsRepetitionToo() {
        VolumeCommand.Builder remove = removing(1, "a");
        assertThat(code(group.run(remove))).isEqualTo(FailureCode.NOT_FOUND);
        group.file(ROOT, "a");
        VolumeOutcome repeated = group.run(remove);
        assertThat(code(repeated)).isEqualTo(FailureCode.NOT_FOUND);
        assertThat(repeated.getRepeatedRequest()).isTrue();
        assertThat(group.names(ROOT)).containsExactly("a");
    }

    @Test
    void requestsMayArriveInAnyOrder() {
        assertThat(group.run(creating(3, 1, "c")).hasFailure()).isFalse();
        assertThat(group.run(creating(1, 1, "a")).hasFailure()).isFalse();
        assertThat(group.run(creating(2, 2, "b")).hasFailure()).isFalse();
        assertThat(group.names(ROOT)).containsExactly("a", "b", "c");
    }

    @Test
    void aRequestBelowTheLowestOpenOneHasAnUnknownOutcome() {
        VolumeCommand.Builder early = creating(1, 1, "a");
        group.run(early);
        group.run(creating(2, 2, "b"));
        assertThat(code(group.run(early))).isEqualTo(FailureCode.INDETERMINATE);
        assertThat(group.table.count('a')).as("answers kept").isEqualTo(1);
    }

    @Test
    void theLowestOpenRequestOnlyGrows() {
        group.run(creating(5, 5, "a"));
        group.run(creating(6, 1, "b"));
        assertThat(code(group.run(creating(4, 4, "c")))).isEqualTo(FailureCode.INDETERMINATE);
    }

    @Test
    void answersAreKeptForAtMost1024Requests() {
        for (int i = 1; i <= RequestBounds.AHEAD_MAX; i++) {
            group.run(creating(i, 1, "f" + i));
        }
        assertThat(group.table.count('a')).isEqualTo(RequestBounds.AHEAD_MAX);
        VolumeCommand.Builder next = creating(RequestBounds.AHEAD_MAX + 1, 1, "x");
        assertThat(code(group.run(next))).isEqualTo(FailureCode.LIMIT);
        assertThat(group.run(next.setLowestOpen(2)).hasFailure()).isFalse();
        assertThat(group.table.count('a')).isEqualTo(RequestBounds.AHEAD_MAX);
    }

    @Test
    void anUnknownClientIsToldToRegister() {
        VolumeCommand.Builder create = creating(1, 1, "a").setClient(client + 1);
        assertThat(code(group.run(create))).isEqualTo(FailureCode.UNKNOWN_CLIENT);
    }

    @Test
    void anEndedClientLeavesNothing() {
        group.run(creating(1, 1, "a"));
        group.run(creating(2, 1, "b"));
        assertThat(group.reader.clients())
                .singleElement()
                .satisfies(one -> assertThat(one.caller().getUser()).isEqualTo("ann"));
        group.run(group.command().setEndClient(EndClient.newBuilder().addClients(client)));
        group.run(group.command().setEndClient(EndClient.newBuilder().addClients(client)));
        assertThat(group.reader.clients()).isEmpty();
        assertThat(group.reader.clientCount()).isZero();
        assertThat(group.table.count('a')).isZero();
        assertThat(code(group.run(creating(1, 1, "a")))).isEqualTo(FailureCode.UNKNOWN_CLIENT);
    }

    @Test
    void clientsGetIdsOfTheirOwnAlsoInOneMoment() {
        VolumeCommand add =
                group.command().setAddClient(AddClient.getDefaultInstance()).build();
        List<VolumeOutcome> outcomes = group.entry(add, add, add);
        assertThat(outcomes).extracting(o -> o.getClient().getClient()).doesNotHaveDuplicates();
        assertThat(group.reader.clientCount()).isEqualTo(4);
        assertThat(group.reader.client(client)).isPresent();
    }

    @Test
    void commandsOfOneEntrySeeThoseBeforeThem() {
        VolumeCommand create = creating(1, 1, "a").build();
        List<VolumeOutcome> outcomes = group.entry(
                create, create, removing(2, "a").build(), removing(3, "a").build());
        assertThat(outcomes.get(0).hasFailure()).isFalse();
        assertThat(outcomes.get(1).getRepeatedRequest()).isTrue();
        assertThat(outcomes.get(2).hasFailure()).isFalse();
        assertThat(code(outcomes.get(3))).isEqualTo(FailureCode.NOT_FOUND);
    }

    @Test
    void whatIsNoCommandIsRefusedAndTheEntryGoesOn() {
        VolumeOutcome nothing = group.run(group.command());
        assertThat(code(nothing)).isEqualTo(FailureCode.INVALID);
        assertThat(code(parseGarbage())).isEqualTo(FailureCode.INVALID);
    }

    private VolumeOutcome parseGarbage() {
        VolumeState state = new VolumeState(new TreeTable());
        try {
            return VolumeOutcome.parseFrom(
                    state.apply(1, 1, List.of(bytes("garbage"))).getFirst());
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
