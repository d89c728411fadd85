package holdfast.server.callback;

import org.jspecify.annotations.Nullable;

/**
 * A promise in the hands of {@link PromiseTable}, a link in three chains: all promises by age,
 * those on its vnode, those of its client. It is its own key.
 */
final class Promise {
    final long client;
    final long file;
    long number;
    boolean vnode;
    boolean entries;

    final @Nullable Promise[] before = new @Nullable Promise[Chain.COUNT];
    final @Nullable Promise[] after = new @Nullable Promise[Chain.COUNT];

    Promise(long client, long file) {
        this.client = client;
        this.file = file;
    }

    Scope scope() {
        return new Scope(file, vnode, entries);
    }

    void scope(Scope scope) {
        vnode = scope.vnode();
        entries = scope.entries();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Promise p && p.client == client && p.file == file;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(client * 0x9E3779B97F4A7C15L + file);
    }

    /** Promises in the order in which they were linked. */
    static final class Chain {
        static final int BY_AGE = 0;
        static final int BY_FILE = 1;
        static final int BY_CLIENT = 2;
        static final int COUNT = 3;

        private final int which;
        private @Nullable Promise first;
        private @Nullable Promise last;

        Chain(int which) {
            this.which = which;
        }

        @Nullable
        Promise first() {
            return first;
        }

        boolean isEmpty() {
            return first == null;
        }

        void link(Promise promise) {
            promise.before[which] = last;
            promise.after[which] = null;
            if (last == null) {
                first = promise;
            } else {
                last.after[which] = promise;
            }
            last = promise;
        }

        void unlink(Promise promise) {
            Promise before = promise.before[which];
            Promise after = promise.after[which];
            if (before == null) {
                first = after;
            } else {
                before.after[which] = after;
            }
            if (after == null) {
                last = before;
            } else {
                after.before[which] = before;
            }
        }
    }
}
