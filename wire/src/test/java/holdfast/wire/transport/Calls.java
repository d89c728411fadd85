package holdfast.wire.transport;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

import holdfast.model.time.BootTicker;
import holdfast.model.time.Deadline;
import holdfast.wire.proto.Fetch;
import holdfast.wire.proto.FetchReply;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Xattr;

import java.time.Duration;

/** Methods and short cuts for these tests. */
final class Calls {
    static final Method<Xattr, Xattr> ECHO = method(900, "echo", false, 0, Xattr.parser());
    static final Method<Xattr, Nothing> CHANGE =
            new Method<>(901, Role.FILES, "change", true, 0, Xattr.parser(), Nothing.parser());
    static final Method<Xattr, Xattr> WAIT =
            new Method<>(902, Role.FILES, "wait", false, 0, true, Xattr.parser(), Xattr.parser());
    static final Method<Fetch, FetchReply> DOWN =
            new Method<>(903, Role.FILES, "down", false, 0, Fetch.parser(), FetchReply.parser());
    static final Method<Xattr, Xattr> UP = method(904, "up", false, 1L << 31, Xattr.parser());

    private Calls() {}

    private static <A extends Message> Method<A, A> method(
            int kind, String name, boolean changes, long bulk, Parser<A> parser) {
        return new Method<>(kind, Role.FILES, name, changes, bulk, parser, parser);
    }

    static Service.Builder files() {
        return Service.of(Role.FILES, () -> 7);
    }

    static Deadline seconds(long seconds) {
        return Deadline.in(Duration.ofSeconds(seconds), BootTicker.system());
    }

    static Deadline millis(long millis) {
        return Deadline.in(Duration.ofMillis(millis), BootTicker.system());
    }

    static RequestHeader header() {
        return RequestHeader.newBuilder().setClient(5).setRequest(9).build();
    }

    static Xattr text(String text) {
        return Xattr.newBuilder()
                .setValue(com.google.protobuf.ByteString.copyFromUtf8(text))
                .build();
    }
}
