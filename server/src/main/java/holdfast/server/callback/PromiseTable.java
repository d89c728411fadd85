package holdfast.server.callback;

import holdfast.server.callback.Promise.Chain;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which client was promised what of which vnode, and at which change number. A plain table: no
 * threads, no clock, no messages. What is taken out of it is for the caller to break.
 *
 * <p>The number of a promise is the highest with which its client was told that it holds. A break
 * that names a higher one therefore always reaches it.
 */
final class PromiseTable {
    private final Map<Promise, Promise> promises = new HashMap<>();
    private final Map<Long, Chain> byFile = new HashMap<>();
    private final Map<Long, Chain> byClient = new HashMap<>();
    private final Chain byAge = new Chain(Chain.BY_AGE);

    /** A promise as it was. */
    record Held(long client, Scope scope, long number) {}

    /** Adds to what the client was promised of the vnode, now at {@code number}. */
    void note(long client, Scope scope, long number) {
        Promise promise = find(client, scope.file());
        if (promise == null) {
            promise = new Promise(client, scope.file());
            promises.put(promise, promise);
            byFile.computeIfAbsent(promise.file, f -> new Chain(Chain.BY_FILE)).link(promise);
            byClient.computeIfAbsent(client, c -> new Chain(Chain.BY_CLIENT)).link(promise);
        } else {
            byAge.unlink(promise);
        }
        byAge.link(promise);
        promise.scope(promise.scope().or(scope));
        promise.number = Math.max(promise.number, number);
    }

    private @Nullable Promise find(long client, long file) {
        return promises.get(new Promise(client, file));
    }

    /** Whether the client holds all of {@code scope}, at {@code number} or before. */
    boolean holds(long client, Scope scope, long number) {
        Promise promise = find(client, scope.file());
        return promise != null
                && promise.number <= number
                && scope.without(promise.scope()).isEmpty();
    }

    /** Takes what a change of {@code touched} breaks, from all clients but one. */
    List<Held> take(Scope touched, long except) {
        List<Held> taken = new ArrayList<>();
        Chain holders = byFile.get(touched.file());
        Promise next = holders == null ? null : holders.first();
        while (next != null) {
            Promise promise = next;
            next = promise.after[Chain.BY_FILE];
            Scope overlap = promise.scope().and(touched);
            if (promise.client != except && !overlap.isEmpty()) {
                taken.add(new Held(promise.client, overlap, promise.number));
                reduce(promise, promise.scope().without(touched));
            }
        }
        return taken;
    }

    private void reduce(Promise promise, Scope left) {
        promise.scope(left);
        if (left.isEmpty()) {
            remove(promise);
        }
    }

    private void remove(Promise promise) {
        promises.remove(promise);
        byAge.unlink(promise);
        unlink(byFile, promise.file, promise);
        unlink(byClient, promise.client, promise);
    }

    private static void unlink(Map<Long, Chain> chains, long key, Promise promise) {
        Chain chain = chains.get(key);
        if (chain != null) {
            chain.unlink(promise);
            if (chain.isEmpty()) {
                chains.remove(key);
            }
        }
    }

    /** Takes all that the client holds of the vnode. */
    Optional<Held> take(long client, long file) {
        return Optional.ofNullable(find(client, file)).map(this::taken);
    }

    /** Takes the promise that was noted longest ago. */
    Optional<Held> takeOldest() {
        return Optional.ofNullable(byAge.first()).map(this::taken);
    }

    /** Takes all that the client holds. */
    List<Held> takeAll(long client) {
        List<Held> all = new ArrayList<>();
        for (Chain held = byClient.get(client); held != null; held = byClient.get(client)) {
            Promise first = held.first();
            if (first == null) {
                break;
            }
            all.add(taken(first));
        }
        return all;
    }

    private Held taken(Promise promise) {
        remove(promise);
        return new Held(promise.client, promise.scope(), promise.number);
    }

    /** How many vnodes clients hold promises on, each client counted. */
    int size() {
        return promises.size();
    }
}
