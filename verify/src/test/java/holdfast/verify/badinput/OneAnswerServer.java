package holdfast.verify.badinput;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.function.UnaryOperator;

/** Something that listens and has one answer to all that it is asked. */
final class OneAnswerServer implements AutoCloseable {
    private static final int REQUEST_BYTES_MAX = 4096;

    private final ServerSocket listener;
    private final UnaryOperator<byte[]> answer;

    /** The first bytes of each connection are given to {@code answer}. */
    OneAnswerServer(UnaryOperator<byte[]> answer) throws IOException {
        this.answer = answer;
        listener = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
        while (!listener.isClosed()) {
            try (Socket socket = listener.accept()) {
                byte[] asked = new byte[REQUEST_BYTES_MAX];
                if (socket.getInputStream().read(asked) > 0) {
                    socket.getOutputStream().write(answer.apply(asked));
                }
            } catch (IOException e) {
                // the client went away, or the test is over
            }
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
