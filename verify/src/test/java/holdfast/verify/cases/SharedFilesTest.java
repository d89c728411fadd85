package holdfast.verify.cases;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.client.files.Cell;
import holdfast.client.files.Stat;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.ProcessCell;
import holdfast.verify.processes.SharedCell;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;

/** Processes that work on the same files. */
@ExtendWith(SharedCell.class)
final class SharedFilesTest {
    private static final int CLIENTS = 8;
    private static final int TIMES = 250;

    @Test
    void eightProcessesThatAddOneToANumberLoseNoAddition(ProcessCell cell) throws Exception {
        CellPath path = CellPath.parse("/src/number");
        try (Cell here = cell.connect("cache-here")) {
            here.write(path, new byte[Integer.BYTES], Cell.PutOptions.standard());
            List<LocalProcess> clients = IntStream.range(0, CLIENTS)
                    .mapToObj(i -> cell.client(
                            AddOne.class, "cache-" + i, path.toString(), String.valueOf(TIMES)))
                    .toList();
            for (LocalProcess client : clients) {
                assertThat(client.awaitEnd()).as(client.err()).isZero();
            }
            byte[] number = here.read(path, Integer.BYTES);
            assertThat(ByteBuffer.wrap(number).getInt()).isEqualTo(CLIENTS * TIMES);
            Stat stat = here.stat(path);
            assertThat(stat.dataVersion()).isEqualTo(1 + CLIENTS * TIMES);
        }
    }
}
