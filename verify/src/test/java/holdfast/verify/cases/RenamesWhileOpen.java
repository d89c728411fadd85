package holdfast.verify.cases;

import holdfast.client.files.Cell;
import holdfast.client.files.Cell.RenameMode;
import holdfast.client.files.OpenFile;
import holdfast.client.files.OpenRequest;
import holdfast.model.path.CellPath;
import holdfast.verify.processes.ClientProgram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/**
 * Makes a file, writes to it, renames it while it is open, says {@code renamed}, and keeps it open
 * until it is killed: {@code OLD NEW}.
 */
final class RenamesWhileOpen {
    private RenamesWhileOpen() {}

    public static void main(String[] words) throws IOException, InterruptedException {
        ClientProgram program = ClientProgram.of(words);
        CellPath old = CellPath.parse(program.text(0));
        try (Cell cell = program.connect();
                OpenFile file = cell.open(old, OpenRequest.createNew())) {
            byte[] text = "written before the rename".getBytes(StandardCharsets.UTF_8);
            file.channel().write(ByteBuffer.wrap(text));
            cell.rename(old, CellPath.parse(program.text(1)), RenameMode.REPLACE);
            System.out.println("renamed");
            new CountDownLatch(1).await();
        }
    }
}
