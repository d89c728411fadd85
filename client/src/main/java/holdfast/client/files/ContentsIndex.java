package holdfast.client.files;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import holdfast.model.chunk.ContentId;
import holdfast.model.chunk.Contents;
import holdfast.model.chunk.Manifest;
import holdfast.model.id.FileId;
import holdfast.wire.proto.Attributes;

import java.util.Optional;

/**
 * Which contents a version of a file has, as far as this process was told. A version's contents
 * never change, so this rests on no promise. Names are kept with the vnode; manifests, which may be
 * large, in a bounded cache.
 */
final class ContentsIndex {
    private static final long PIECES_MAX = 200_000;

    /** The contents of one version. */
    record Version(long dataVersion, ContentId id) {}

    private record ManifestOf(long dataVersion, Manifest manifest) {}

    private final Cache<FileId, ManifestOf> manifests = Caffeine.newBuilder()
            .maximumWeight(PIECES_MAX)
            .weigher((FileId file, ManifestOf of) -> of.manifest().pieces().size() + 8)
            .build();

    /** Whether the contents that go with {@code attributes} have a name here. */
    boolean knows(CachedVnode vnode, Attributes attributes) {
        Version version = vnode.version();
        return attributes.getSize() == 0
                || (version != null && version.dataVersion() == attributes.getDataVersion());
    }

    /** The name of the contents that go with {@code attributes}. */
    Optional<ContentId> id(CachedVnode vnode, Attributes attributes) {
        Version version = vnode.version();
        return version != null && version.dataVersion() == attributes.getDataVersion()
                ? Optional.of(version.id())
                : Optional.empty();
    }

    /** The contents themselves, where they are at hand. */
    Optional<Contents> contents(CachedVnode vnode, Attributes attributes) {
        if (attributes.getSize() == 0) {
            return Optional.of(Contents.EMPTY);
        }
        ManifestOf known = manifests.getIfPresent(vnode.file());
        return known != null && known.dataVersion() == attributes.getDataVersion()
                ? Optional.of(known.manifest())
                : Optional.empty();
    }

    /** {@code contents} are those of this version. */
    void remember(CachedVnode vnode, long dataVersion, Contents contents) {
        vnode.version(new Version(dataVersion, contents.id()));
        if (contents instanceof Manifest manifest) {
            manifests.put(vnode.file(), new ManifestOf(dataVersion, manifest));
        } else {
            manifests.invalidate(vnode.file());
        }
    }
}
