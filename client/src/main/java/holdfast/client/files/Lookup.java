package holdfast.client.files;

import holdfast.model.id.FileId;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.FileType;

import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * What a lookup is for.
 *
 * @param follow whether a symbolic link at the end is followed
 * @param contents whether a file's contents should come with an answer
 * @param attributes whether a directory's size and times must be right, not only its access list
 * @param has whether this client has the contents that go with these attributes, so that no server
 *     need be asked for them
 * @param known a version whose contents this client has
 */
record Lookup(
        boolean follow,
        boolean contents,
        boolean attributes,
        BiPredicate<CachedVnode, Attributes> has,
        Optional<KnownVersion> known) {

    /** Contents that need not be sent again. */
    record KnownVersion(FileId file, long dataVersion) {}

    /** To look at what is there; {@code follow} as in stat rather than lstat. */
    static Lookup stat(boolean follow) {
        return new Lookup(follow, false, true, (vnode, any) -> true, Optional.empty());
    }

    /** To do something in a directory or with a vnode, for which its identity is enough. */
    static Lookup place(boolean follow) {
        return new Lookup(follow, false, false, (vnode, any) -> true, Optional.empty());
    }

    /** To read a file whose contents are there already when {@code has} says so. */
    static Lookup contents(BiPredicate<CachedVnode, Attributes> has) {
        return new Lookup(true, true, false, has, Optional.empty());
    }

    /** The same, but a symbolic link at the end is what was looked for. */
    Lookup notFollowing() {
        return new Lookup(false, contents, attributes, has, known);
    }

    boolean needsServer(CachedVnode vnode, Attributes here) {
        return contents && here.getType() == FileType.FILE && !has.test(vnode, here);
    }
}
