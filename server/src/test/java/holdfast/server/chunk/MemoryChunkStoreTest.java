package holdfast.server.chunk;

final class MemoryChunkStoreTest extends ChunkStoreContract {
    @Override
    ChunkStore open() {
        return new MemoryChunkStore(100 << 20);
    }
}
