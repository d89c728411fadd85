package holdfast.client.files;

import holdfast.model.time.BootTicker;
import holdfast.model.time.Ticker;
import holdfast.model.time.WallClock;
import holdfast.wire.transport.TcpTransport;
import holdfast.wire.transport.Transport;

import java.time.Clock;
import java.util.concurrent.ThreadFactory;

/**
 * What a connection stands on; tests and simulations bring their own.
 *
 * @param transport closed with the connection
 * @param wallClock compared with {@code ticker} to see jumps, and shown to people
 * @param ticker measures leases and deadlines; runs on in suspend
 * @param threads makes the background threads, which may block
 */
public record Surroundings(
        Transport transport, Clock wallClock, Ticker ticker, ThreadFactory threads) {

    /** TCP, this machine's clocks, virtual threads. */
    public static Surroundings standard() {
        return new Surroundings(
                new TcpTransport(),
                WallClock.system(),
                BootTicker.system(),
                Thread.ofVirtual().factory());
    }
}
