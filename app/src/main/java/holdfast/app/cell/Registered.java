package holdfast.app.cell;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureException;
import holdfast.model.lock.TokenSeal;
import holdfast.server.registration.News;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What a server has learnt from its directory server. */
final class Registered implements News.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Registered.class);

    private final CompletableFuture<Failure> refused = new CompletableFuture<>();
    private final Consumer<News> further;
    private volatile Optional<TokenSeal> seal = Optional.empty();

    /** Tells {@code further} all news, too. */
    Registered(Consumer<News> further) {
        this.further = further;
    }

    @Override
    public void changed(News news) {
        seal = Optional.of(new TokenSeal(news.key().toByteArray()));
        try {
            further.accept(news);
        } catch (FailureException e) {
            LOG.warn("what the directory server assigned could not be taken over: {}", e.failure());
        }
    }

    @Override
    public void refused(Failure failure) {
        refused.complete(failure);
    }

    Optional<TokenSeal> seal() {
        return seal;
    }

    CompletableFuture<Failure> refusal() {
        return refused;
    }
}
