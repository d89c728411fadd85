package holdfast.client.files;

import holdfast.client.cache.Cache;
import holdfast.client.cache.CacheSettings;
import holdfast.client.session.Environment;
import holdfast.client.session.GroupConnection.Style;
import holdfast.client.session.Session;
import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Address;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Builds a connection from its options. */
final class Connecting {
    private Connecting() {}

    /** Asks for the cell's map, so that a wrong address shows at once. */
    static Cell connect(CellOptions options, Surroundings on) {
        Environment environment = new Environment(
                on.transport(),
                on.wallClock(),
                on.ticker(),
                on.threads(),
                Identity.caller(options));
        Session session = new Session(
                environment,
                addresses(options.directoryServers()),
                addresses(options.lockingServers()),
                options.oneShot() ? Style.ONE_SHOT : Style.LASTING);
        Times times = new Times(options.timeout(), on.ticker());
        try {
            session.map().view(times.call());
            return new ConnectedCell(
                    session, cache(options, on), times, ConnectedCell.Limits.of(options));
        } catch (FailureException e) {
            session.close();
            on.transport().close();
            throw e;
        }
    }

    private static List<Address> addresses(List<String> texts) {
        return texts.stream().map(Address::parse).toList();
    }

    private static Cache cache(CellOptions options, Surroundings on) {
        Path folder = options.cacheFolder().orElseGet(Connecting::standardFolder);
        try {
            CacheSettings settings = options.cacheBytes().isPresent()
                    ? CacheSettings.withBudget(options.cacheBytes().get())
                    : CacheSettings.standard(folder);
            return Cache.open(folder, settings, on.wallClock(), on.ticker());
        } catch (IOException e) {
            throw Local.failure(e);
        }
    }

    /** {@code $XDG_CACHE_HOME/holdfast}, or {@code ~/.cache/holdfast}. */
    private static Path standardFolder() {
        Optional<String> named =
                Optional.ofNullable(System.getenv("XDG_CACHE_HOME")).filter(s -> !s.isBlank());
        Path home = Path.of(System.getProperty("user.home", "."));
        return named.map(Path::of).orElse(home.resolve(".cache")).resolve("holdfast");
    }
}
