package holdfast.wire.transport;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;

/**
 * Where a server listens.
 *
 * @param host a name or an IP address without brackets
 * @param port 1 to 65,535
 */
public record Address(String host, int port) {
    public Address {
        if (host.isEmpty() || host.length() > 255 || port < 1 || port > 65_535) {
            throw FailureException.of(FailureCode.INVALID, "not an address: " + host + ":" + port);
        }
    }

    /** Parses {@code host:port}, {@code [v6]:port} or {@code http://host:port/}. */
    public static Address parse(String text) {
        String rest = text.strip().replaceFirst("^https?://", "").replaceFirst("/$", "");
        int colon = rest.lastIndexOf(':');
        try {
            String host = rest.substring(0, Math.max(colon, 0)).replaceAll("^\\[|]$", "");
            return new Address(host, Integer.parseInt(rest.substring(colon + 1)));
        } catch (NumberFormatException | FailureException e) {
            throw FailureException.of(
                    FailureCode.INVALID, "not an address: '" + text + "' (expected host:port)");
        }
    }

    @Override
    public String toString() {
        return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
    }
}
