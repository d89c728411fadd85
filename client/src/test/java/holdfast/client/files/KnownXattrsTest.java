package holdfast.client.files;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;

import holdfast.client.files.CachedVnode.State;
import holdfast.model.id.FileId;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Xattr;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SortedMap;

final class KnownXattrsTest {
    private final KnownXattrs known = new KnownXattrs();

    private static CachedVnode vnode(long number) {
        FileId file = FileId.of(1, number);
        Attributes attributes = Attributes.newBuilder().setFile(file.value()).build();
        return new CachedVnode(file, new State(attributes, 1, 0, false));
    }

    private static SortedMap<String, ByteString> values(int bytes) {
        return KnownXattrs.byName(List.of(Xattr.newBuilder()
                .setName(ByteString.copyFromUtf8("user.a"))
                .setValue(ByteString.copyFrom(new byte[bytes]))
                .build()));
    }

    @Test
    void theyAreKnownAsLongAsNothingBrokeThePromise() {
        CachedVnode vnode = vnode(1);
        known.keep(vnode, 3, values(1));
        assertThat(known.get(vnode, 3)).contains(values(1));
        assertThat(known.get(vnode, 4)).isEmpty();
        known.forget(vnode.file().value());
        assertThat(known.get(vnode, 3)).isEmpty();
    }

    @Test
    void theyAreForgottenWithTheVnode() {
        known.keep(vnode(1), 0, values(1));
        assertThat(known.get(vnode(1), 0)).as("remembered anew").isEmpty();
    }

    @Test
    void thoseUsedLastStayWithinTheBound() {
        CachedVnode used = vnode(1);
        CachedVnode unused = vnode(2);
        known.keep(used, 0, values(64 << 10));
        known.keep(unused, 0, values(64 << 10));
        for (int i = 3; i < 1_000; i++) {
            known.keep(vnode(i), 0, values(64 << 10));
            assertThat(known.get(used, 0)).isPresent();
        }
        assertThat(known.get(unused, 0)).isEmpty();
    }
}
