package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.Server;

import org.junit.jupiter.api.Test;

import java.util.List;

class GroupPickTest {
    private static Server server(int port, String zone, long free) {
        return Server.newBuilder()
                .setServer("s" + port)
                .setAddress("127.0.0.1:" + port)
                .setZone(zone)
                .setFreeBytes(free)
                .build();
    }

    @Test
    void theRoomiestOfEachZoneIsPicked() {
        List<Server> fit = List.of(
                server(1, "a", 100),
                server(2, "a", 200),
                server(3, "b", 300),
                server(4, "c", 50),
                server(5, "d", 60));
        assertThat(GroupAdministration.pick(3, fit))
                .containsExactly("127.0.0.1:3", "127.0.0.1:2", "127.0.0.1:5");
    }

    @Test
    void serversWithoutAZoneAreEachTheirOwn() {
        List<Server> fit = List.of(server(1, "", 100), server(2, "", 200), server(3, "", 50));
        assertThat(GroupAdministration.pick(3, fit)).hasSize(3);
    }

    @Test
    void tooFewZonesAreRefusedWithWhatThereIs() {
        List<Server> fit = List.of(server(1, "a", 100), server(2, "a", 200), server(3, "b", 50));
        assertThatThrownBy(() -> GroupAdministration.pick(3, fit))
                .isInstanceOfSatisfying(FailureException.class, e -> {
                    assertThat(e.code()).isEqualTo(FailureCode.UNAVAILABLE);
                    assertThat(e.getMessage()).contains("there are 2: 127.0.0.1:2, 127.0.0.1:3");
                });
    }
}
