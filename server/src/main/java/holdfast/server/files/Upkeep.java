package holdfast.server.files;

import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.server.chunk.ChunkStore;
import holdfast.server.replication.ReplicatedLog;
import holdfast.server.volume.VolumeReader;
import holdfast.server.volume.VolumeReader.ReplacedVersion;
import holdfast.wire.log.Collect;
import holdfast.wire.log.EndClient;
import holdfast.wire.log.VolumeCommand;
import holdfast.wire.proto.Source;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;

/**
 * What a leader does beside answering: numbered collections (rule 6a), and forgetting clients that
 * are gone.
 */
final class Upkeep implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final int VERSIONS_PER_COLLECTION = 1000;
    private static final int CHUNKS_PER_COLLECTION = 50_000;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ReplicatedLog log;
    private final VolumeReader reader;
    private final Changes changes;
    private final ChunkStore chunks;
    private final Holds holds;
    private final LongConsumer forget;
    private final Ticker ticker;
    private final FileService.Settings settings;
    private final Map<Long, Long> heardNanos = new ConcurrentHashMap<>();
    private final Thread thread = Thread.ofVirtual().name("upkeep").unstarted(this::run);
    private volatile long ledSinceNanos;

    Upkeep(
            ReplicatedLog log,
            VolumeReader reader,
            Changes changes,
            ChunkStore chunks,
            Holds holds,
            LongConsumer forget,
            Ticker ticker,
            FileService.Settings settings) {
        this.log = log;
        this.reader = reader;
        this.changes = changes;
        this.chunks = chunks;
        this.holds = holds;
        this.forget = forget;
        this.ticker = ticker;
        this.settings = settings;
    }

    void start() {
        ledSinceNanos = ticker.nanos();
        thread.start();
    }

    /**
     * A takeover: nobody has been silent yet, and readers' holds are unknown for a while (rule 6b).
     */
    void gained() {
        ledSinceNanos = ticker.nanos();
        heardNanos.clear();
    }

    void heardFrom(long client) {
        if (client != 0) {
            heardNanos.put(client, ticker.nanos());
        }
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(settings.collectEvery());
                round();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private void round() {
        if (log.leadingTerm() == 0) {
            return;
        }
        try {
            holds.expire();
            expireClients();
            collect();
        } catch (FailureException e) {
            LOG.warn("upkeep: {}", e.failure());
        } catch (RuntimeException e) {
            LOG.error("upkeep", e);
        }
    }

    private Deadline soon() {
        return Deadline.in(LIMIT, ticker);
    }

    private void expireClients() {
        long oldest = ticker.nanos() - settings.clientExpiry().toNanos();
        List<Long> silent = reader.clients().stream()
                .map(VolumeReader.Client::id)
                .filter(client -> heardNanos.getOrDefault(client, ledSinceNanos) - oldest < 0)
                .limit(VERSIONS_PER_COLLECTION)
                .toList();
        if (!silent.isEmpty()) {
            silent.forEach(forget::accept);
            silent.forEach(heardNanos::remove);
            changes.own(
                    VolumeCommand.newBuilder()
                            .setEndClient(EndClient.newBuilder().addAllClients(silent)),
                    soon());
        }
    }

    /**
     * One collection: replaced versions that nobody holds are given up, then chunks that nothing
     * names.
     */
    void collect() {
        Collect.Builder collect = Collect.newBuilder().setNumber(reader.collection() + 1);
        if (ticker.nanos() - ledSinceNanos > settings.hold().toNanos()) {
            unheld().forEach(version -> collect.addVersions(
                    Source.newBuilder().setFile(version.file()).setDataVersion(version.version())));
        }
        changes.own(VolumeCommand.newBuilder().setCollect(collect), soon());
        long freed = chunks.collect(
                collect.getNumber(),
                hash -> reader.chunkNamed(com.google.protobuf.ByteString.copyFrom(hash.bytes())));
        if (freed > 0) {
            LOG.info("collection {} freed {} bytes", collect.getNumber(), freed);
        }
    }

    private List<ReplacedVersion> unheld() {
        List<ReplacedVersion> given = new ArrayList<>();
        int chunkSum = 0;
        for (ReplacedVersion version :
                reader.replacedVersions(ReplacedVersion.START, VERSIONS_PER_COLLECTION)) {
            if (!holds.held(version.file(), version.version())
                    && chunkSum < CHUNKS_PER_COLLECTION) {
                chunkSum += version.chunks();
                given.add(version);
            }
        }
        return given;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
