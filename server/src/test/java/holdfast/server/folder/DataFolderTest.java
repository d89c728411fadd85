package holdfast.server.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.log.AppliedRecord;
import holdfast.wire.log.LockingRecord;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;

class DataFolderTest {
    @TempDir
    private Path place;

    @Test
    void itsIdStaysTheSame() {
        UUID first;
        try (DataFolder folder = DataFolder.open(place.resolve("a/b"), "files")) {
            first = folder.id();
            assertThat(folder.path()).isEqualTo(place.resolve("a/b"));
        }
        try (DataFolder again = DataFolder.open(place.resolve("a/b"), "files")) {
            assertThat(again.id()).isEqualTo(first);
        }
    }

    @Test
    void anotherRolesFolderIsRefusedAndNotKeptLocked() {
        DataFolder.open(place, "locking").close();
        refused("files", "belongs to a locking server, not to a file server");
        DataFolder.open(place, "locking").close();
    }

    @Test
    void aFolderInUseIsRefused() {
        try (DataFolder folder = DataFolder.open(place, "files")) {
            refused("files", "in use by another process");
            assertThat(folder.path()).isEqualTo(place);
        }
    }

    @Test
    void aNewerFormatIsRefused() throws IOException {
        Files.writeString(
                place.resolve("identity"), "format=2\nrole=files\nid=" + UUID.randomUUID() + "\n");
        refused("files", "newer release");
    }

    @Test
    void aDamagedIdentityIsRefused() throws IOException {
        Files.writeString(place.resolve("identity"), "nonsense");
        refused("files", "damaged identity");
    }

    @Test
    void whatCantBeAFolderIsRefused() throws IOException {
        Path file = Files.writeString(place.resolve("file"), "x");
        assertThatThrownBy(() -> DataFolder.open(file, "files"))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.MISCONFIGURED));
    }

    @Test
    void aSmallFileIsReplacedAsAWhole() {
        Path file = place.resolve("x/state");
        assertThat(SmallFile.read(file)).isEmpty();
        SmallFile.write(file, new byte[] {1, 2});
        SmallFile.write(file, new byte[] {3});
        assertThat(SmallFile.read(file)).hasValueSatisfying(b -> assertThat(b).containsExactly(3));
    }

    @Test
    void aCheckpointThatIsMissingOrCutShortIsDamaged() {
        Path file = place.resolve("checkpoint");
        damaged(file, "is missing");
        byte[] whole = LockingRecord.newBuilder()
                .setEpoch(7)
                .setApplied(AppliedRecord.newBuilder().setTerm(1).setIndex(2))
                .build()
                .toByteArray();
        SmallFile.write(file, whole);
        assertThat(SmallFile.parse(file, LockingRecord.parser()).getEpoch()).isEqualTo(7);
        SmallFile.write(file, Arrays.copyOf(whole, whole.length - 1));
        damaged(file, "can't be read");
    }

    private static void damaged(Path file, String why) {
        assertThatThrownBy(() -> SmallFile.parse(file, LockingRecord.parser()))
                .hasMessageContaining(file + " " + why)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.DAMAGED));
    }

    private void refused(String role, String why) {
        assertThatThrownBy(() -> DataFolder.open(place, role))
                .hasMessageContaining(why)
                .isInstanceOfSatisfying(
                        FailureException.class,
                        e -> assertThat(e.code()).isEqualTo(FailureCode.MISCONFIGURED));
    }
}
