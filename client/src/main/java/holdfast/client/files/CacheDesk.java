package holdfast.client.files;

import holdfast.client.cache.Cache;
import holdfast.client.cache.CachedObject;
import holdfast.model.time.Deadline;

import java.nio.file.Path;
import java.util.List;

/** The cache on disk, for people. */
final class CacheDesk implements Cell.CacheControl {
    private final Cache cache;
    private final Times times;

    CacheDesk(Cache cache, Times times) {
        this.cache = cache;
        this.times = times;
    }

    @Override
    public List<Cached> show() throws CellException {
        return Edge.call(() -> cached(cache.objects()));
    }

    @Override
    public long clear() throws CellException {
        return Edge.call(() -> cache.clear(everything()));
    }

    @Override
    public List<Cached> verify() throws CellException {
        return Edge.call(() -> cached(cache.verify(everything())));
    }

    @Override
    public Path folder() {
        return cache.folder();
    }

    /** Hashing all of it takes as long as its bytes take. */
    private Deadline everything() {
        return times.moving(cache.usage().bytes());
    }

    private static List<Cached> cached(List<CachedObject> objects) {
        return objects.stream().map(CacheDesk::cached).toList();
    }

    private static Cached cached(CachedObject object) {
        return new Cached(
                object.hash(),
                object.bytes(),
                object.used(),
                object.origin().map(origin -> origin.path().toString()),
                object.origin().map(origin -> origin.dataVersion()));
    }
}
