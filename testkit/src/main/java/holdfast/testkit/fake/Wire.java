package holdfast.testkit.fake;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** One connection through the faulty network: two pumps, one for each direction. */
final class Wire {
    private static final int BLOCK_BYTES = 64 << 10;

    private final SocketChannel client;
    private final SocketChannel server;
    private final Line toServer;
    private final Line toClient;
    private final Set<Wire> all;
    private final AtomicInteger pumps = new AtomicInteger(2);

    Wire(SocketChannel client, SocketChannel server, Line toServer, Line toClient, Set<Wire> all)
            throws IOException {
        this.client = client;
        this.server = server;
        this.toServer = toServer;
        this.toClient = toClient;
        this.all = all;
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        server.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    void start() {
        all.add(this);
        Thread.ofVirtual().name("faulty-to-server").start(() -> pump(client, server, toServer));
        Thread.ofVirtual().name("faulty-to-client").start(() -> pump(server, client, toClient));
    }

    void cut() {
        close(client);
        close(server);
        all.remove(this);
    }

    private void pump(SocketChannel from, SocketChannel to, Line line) {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        try {
            while (from.read(block) >= 0) {
                block.flip();
                if (!line.pass(block, to)) {
                    cut();
                    return;
                }
                block.clear();
            }
            line.passEnd();
            to.shutdownOutput();
        } catch (IOException e) {
            cut();
        } finally {
            if (pumps.decrementAndGet() == 0) {
                cut();
            }
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // closed all the same
        }
    }
}
