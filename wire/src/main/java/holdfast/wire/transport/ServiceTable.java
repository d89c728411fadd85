package holdfast.wire.transport;

import com.google.protobuf.Message;

import holdfast.wire.proto.Role;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** The handlers of a service by their methods' numbers. */
record ServiceTable(
        Role role,
        LongSupplier term,
        Map<Integer, Bound<?, ?>> handlers,
        Optional<ChannelHandler> callbacks)
        implements Service {

    /** A method with its handler. */
    record Bound<Q extends Message, A extends Message>(
            Method<Q, A> method, Handler<Q, A> handler) {}

    @Override
    public Service and(Service more) {
        if (!(more instanceof ServiceTable other)) {
            throw new IllegalArgumentException("a service must be made with Service.of");
        }
        Map<Integer, Bound<?, ?>> all = new HashMap<>(handlers);
        other.handlers.forEach((kind, bound) -> {
            if (all.put(kind, bound) != null) {
                throw new IllegalArgumentException(
                        "two handlers for " + bound.method().name());
            }
        });
        return new ServiceTable(role, term, Map.copyOf(all), callbacks.or(other::callbacks));
    }

    static final class TableBuilder implements Builder {
        private final Role role;
        private final LongSupplier term;
        private final Map<Integer, Bound<?, ?>> handlers = new HashMap<>();
        private Optional<ChannelHandler> callbacks = Optional.empty();

        TableBuilder(Role role, LongSupplier term) {
            this.role = role;
            this.term = term;
        }

        @Override
        public <Q extends Message, A extends Message> Builder on(
                Method<Q, A> method, Handler<Q, A> handler) {
            if (handlers.put(method.kind(), new Bound<>(method, handler)) != null) {
                throw new IllegalArgumentException("two handlers for " + method.name());
            }
            return this;
        }

        @Override
        public Builder onCallbacks(ChannelHandler handler) {
            callbacks = Optional.of(handler);
            return this;
        }

        @Override
        public Service build() {
            return new ServiceTable(role, term, Map.copyOf(handlers), callbacks);
        }
    }
}
