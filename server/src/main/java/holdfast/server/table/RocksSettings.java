package holdfast.server.table;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * What we ask of RocksDB. All tables of a process share one bounded cache, which also counts what
 * waits in memory to be written; the figures are in docs/decisions/0002-replication.md.
 */
final class RocksSettings {
    private static final long MEMORY_BYTES_MAX = 48L << 20;
    private static final long UNWRITTEN_BYTES_MAX = 24L << 20;
    private static final long MEMTABLE_BYTES = 8L << 20;
    private static final int MEMTABLES_MAX = 3;
    private static final long BLOB_BYTES_MIN = 4096;
    private static final long BLOB_FILE_BYTES = 64L << 20;
    private static final long SYNCED_BYTES_STEP = 1L << 20;
    private static final long INFO_LOG_BYTES_MAX = 1L << 20;
    private static final int OPEN_FILES_MAX = 512;

    private static final LRUCache CACHE;
    private static final WriteBufferManager UNWRITTEN;
    private static final BloomFilter FILTER;

    static {
        RocksDB.loadLibrary();
        CACHE = new LRUCache(MEMORY_BYTES_MAX);
        UNWRITTEN = new WriteBufferManager(UNWRITTEN_BYTES_MAX, CACHE);
        FILTER = new BloomFilter();
    }

    private RocksSettings() {}

    /** Options of one table; its closer is the caller. */
    static Options options() {
        return new Options()
                .setCreateIfMissing(true)
                // One flush at a time, of whole batches: what survives a crash is an earlier
                // moment.
                .setAtomicFlush(true)
                .setWriteBufferSize(MEMTABLE_BYTES)
                .setMaxWriteBufferNumber(MEMTABLES_MAX)
                .setWriteBufferManager(UNWRITTEN)
                .setMaxOpenFiles(OPEN_FILES_MAX)
                // Writes back as it goes, so that no sync of a large file holds up the log's.
                .setBytesPerSync(SYNCED_BYTES_STEP)
                .setEnableBlobFiles(true)
                .setMinBlobSize(BLOB_BYTES_MIN)
                .setBlobFileSize(BLOB_FILE_BYTES)
                .setEnableBlobGarbageCollection(true)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(INFO_LOG_BYTES_MAX)
                .setKeepLogFileNum(2)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(CACHE)
                        .setCacheIndexAndFilterBlocks(true)
                        .setPinL0FilterAndIndexBlocksInCache(true)
                        .setFilterPolicy(FILTER));
    }
}
