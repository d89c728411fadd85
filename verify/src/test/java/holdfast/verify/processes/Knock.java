package holdfast.verify.processes;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** {@code listen ADDRESS}, or {@code at ADDRESS}, which ends with 1 when nobody answers. */
final class Knock {
    static final int PORT = 7000;

    private static final int MILLIS_MAX = 1_500;

    private Knock() {}

    public static void main(String[] words) throws IOException {
        InetSocketAddress address = new InetSocketAddress(words[1], PORT);
        if (words[0].equals("at")) {
            try (Socket socket = new Socket()) {
                socket.connect(address, MILLIS_MAX);
            }
            return;
        }
        try (ServerSocket listener = new ServerSocket()) {
            listener.bind(address);
            System.out.println("listening");
            while (!listener.isClosed()) {
                listener.accept().close();
            }
        }
    }
}
