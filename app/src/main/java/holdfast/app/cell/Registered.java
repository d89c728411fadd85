package holdfast.app.cell;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureException;
import holdfast.server.registration.News;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Hands on what a server hears from its directory server. */
record Registered(CompletableFuture<Failure> refusal, Consumer<News> taker)
        implements News.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Registered.class);

    @Override
    public void changed(News news) {
        try {
            taker.accept(news);
        } catch (FailureException e) {
            LOG.warn("what the directory server assigned could not be taken over: {}", e.failure());
        }
    }

    @Override
    public void refused(Failure failure) {
        refusal.complete(failure);
    }
}
