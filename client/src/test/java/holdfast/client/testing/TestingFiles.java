package holdfast.client.testing;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import holdfast.model.time.Deadline;
import holdfast.server.chunk.DiskChunkStore;
import holdfast.server.files.FileService;
import holdfast.server.registration.Space;
import holdfast.server.table.RocksTable;
import holdfast.server.volume.VolumeState;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;

import java.nio.file.Path;
import java.util.Optional;

/** A file server with one volume. */
final class TestingFiles extends TestingServer {
    private final Address directory;
    private final String serves;
    private final FileService.Settings settings;
    private Optional<FileService> service = Optional.empty();

    TestingFiles(Path folder, Address directory, String serves, FileService.Settings settings) {
        super(folder);
        this.directory = directory;
        this.serves = serves;
        this.settings = settings;
    }

    @Override
    Service build() {
        RocksTable table = part(new RocksTable(folder.resolve("table")));
        VolumeState state = new VolumeState(table);
        DiskChunkStore chunks = part(new DiskChunkStore(folder.resolve("chunks")));
        FileService files = new FileService(
                log(state),
                state,
                chunks,
                this::seal,
                this::administrators,
                ticker,
                clock,
                new FileService.Names(group().toString(), name()),
                settings);
        service = Optional.of(part(files));
        return files.service();
    }

    /** Replaced versions and gone clients are given up some time later, by no client's wish. */
    @Override
    boolean isAskedFor(ByteString command) {
        try {
            VolumeCommand what = VolumeCommand.parseFrom(command);
            return !what.hasCollect() && !what.hasEndClient();
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    void register() throws InterruptedException {
        FileService files = service.orElseThrow();
        RegisterServer.Builder self = RegisterServer.newBuilder()
                .setRole(Role.FILES)
                .setGroup(group().toString())
                .addDirectories(serves);
        register(
                directory,
                self,
                Space.NONE,
                told -> files.volumes(
                        told.volumes(), told.mapVersion(), Deadline.in(START, ticker)));
    }
}
