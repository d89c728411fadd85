package holdfast.wire.transport;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;

import holdfast.wire.transport.BadFrameException.Fault;

import java.nio.ByteBuffer;

/**
 * A frame as it arrived, but for its bulk. The bytes belong to the link, until it reads the next.
 *
 * @param control header and body
 */
record Frame(FrameHead head, ByteBuffer control) {

    <T> T header(Parser<T> parser) throws BadFrameException {
        return parse(parser, control.slice(0, head.headerBytes()));
    }

    <T> T body(Parser<T> parser) throws BadFrameException {
        return parse(parser, control.slice(head.headerBytes(), head.bodyBytes()));
    }

    private static <T> T parse(Parser<T> parser, ByteBuffer bytes) throws BadFrameException {
        try {
            return parser.parseFrom(CodedInputStream.newInstance(bytes));
        } catch (InvalidProtocolBufferException e) {
            BadFrameException bad = new BadFrameException(
                    Fault.DAMAGED, "a message that can't be read: " + e.getMessage());
            bad.initCause(e);
            throw bad;
        }
    }
}
