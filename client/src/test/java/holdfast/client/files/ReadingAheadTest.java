package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import holdfast.client.files.VnodeAccess.Ref;
import holdfast.model.id.FileId;
import holdfast.model.path.Name;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a program that walks through a directory finds here already. */
class ReadingAheadTest extends FakeCellTest {
    private static final int FILES = 30;

    private Cell cell = NoCell.INSTANCE;
    private Ref directory = new Ref(FileId.rootOf(1), path("/"));
    private final List<Stat.Entry> entries = new ArrayList<>();

    @BeforeEach
    void listADirectoryOfAnother() throws CellException {
        Cell writer = connect();
        writer.mkdir(path("/d"), 0755);
        for (int i = 0; i < FILES; i++) {
            write(writer, "/d/" + name(i), "contents " + i);
        }
        cell = connect();
        Ref root = new Ref(cell.vnodes().root().stat().file(), path("/"));
        Stat d = cell.vnodes().lookup(root, Name.of("d")).stat();
        directory = new Ref(d.file(), path("/d"));
        assertThat(list(Optional.empty(), FILES)).isFalse();
        assertThat(entries).hasSize(FILES);
        fake.forgetCalls();
    }

    private static String name(int number) {
        return "file-%02d".formatted(number);
    }

    private boolean list(Optional<Name> after, int most) throws CellException {
        return cell.vnodes().list(directory, after, most, entries::add);
    }

    private String read(int number) throws IOException {
        Name name = entries.get(number).name();
        cell.vnodes().willRead(directory, name);
        Ref file = new Ref(entries.get(number).stat().file(), path("/d").child(name));
        OpenFile open = cell.vnodes().open(file, OpenRequest.read());
        try {
            ByteBuffer bytes = ByteBuffer.allocate(100);
            int _ = open.channel().read(bytes, 0);
            return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        } finally {
            open.discard();
        }
    }

    private int cached() throws CellException {
        return cell.cache().show().size();
    }

    @Test
    void filesThatFollowInAWalkAreBroughtBeforeTheyAreOpened() throws IOException {
        int before = cached();
        assertThat(read(0)).isEqualTo("contents 0");
        assertThat(read(1)).isEqualTo("contents 1");
        await().until(() -> cached() - before == 10);
        fake.forgetCalls();
        for (int i = 2; i < 6; i++) {
            assertThat(read(i)).isEqualTo("contents " + i);
        }
        assertThat(fake.calls()).isEmpty();
        for (int i = 6; i < FILES; i++) {
            assertThat(read(i)).isEqualTo("contents " + i);
        }
        assertThat(cached() - before).isEqualTo(FILES);
    }

    @Test
    void whatIsReadInAnotherOrderIsAllThatIsBrought() throws IOException {
        int before = cached();
        for (int i = FILES - 1; i > FILES - 6; i--) {
            assertThat(read(i)).isEqualTo("contents " + i);
        }
        assertThat(fake.calls()).hasSize(5);
        assertThat(cached() - before).isEqualTo(5);
    }

    @Test
    void partsOfAListGoOnBehindTheLastName() throws CellException {
        entries.clear();
        assertThat(list(Optional.empty(), 12)).isTrue();
        assertThat(list(Optional.of(Name.of(name(11))), 12)).isTrue();
        assertThat(list(Optional.of(Name.of(name(23))), 12)).isFalse();
        assertThat(entries)
                .extracting(entry -> entry.name().toString())
                .hasSize(FILES)
                .isSorted()
                .doesNotHaveDuplicates();
    }
}
