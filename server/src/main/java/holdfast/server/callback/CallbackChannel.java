package holdfast.server.callback;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.model.time.Ticker;
import holdfast.wire.proto.FromClient;
import holdfast.wire.proto.FromServer;
import holdfast.wire.proto.Renewal;
import holdfast.wire.transport.Transport.Channel;

import java.time.Duration;

/**
 * One callback channel: takes acknowledgements, promises given up and requests for renewals, and
 * sends renewals and breaks, all breaks before the renewal that names them as the last.
 *
 * <p>A client counts as come back to this term (rule 3) with its first message that names the term:
 * only then has it given up what it held of earlier ones. Numbers of breaks that it names with
 * another term are not this term's and count for nothing.
 */
final class CallbackChannel {
    private static final Duration CONFIRM_WAIT = Duration.ofSeconds(5);
    private static final int SILENT_LEASES = 3;
    private static final int DROPPED_MAX = 4_096;
    private static final int RENEWALS_WAITING_MAX = 64;

    private final Callbacks callbacks;
    private final Callbacks.Group group;
    private final long client;
    private final Channel<FromServer, FromClient> channel;
    private final Ticker ticker;

    CallbackChannel(
            Callbacks callbacks,
            Callbacks.Group group,
            long client,
            Channel<FromServer, FromClient> channel,
            Ticker ticker) {
        this.callbacks = callbacks;
        this.group = group;
        this.client = client;
        this.channel = channel;
        this.ticker = ticker;
    }

    void serve() {
        long served = confirm();
        if (group.knows(client)) {
            callbacks.registered(client);
        }
        int most = callbacks.settings().openMax() + RENEWALS_WAITING_MAX;
        String name = "breaks-" + Long.toHexString(client);
        try (Outbox outbox = new Outbox(channel, most, name, ticker)) {
            Client attached = callbacks.with(client, served, who -> {
                callbacks.term().attach(who, outbox);
                return who;
            });
            outbox.start();
            try {
                receiveAll(served);
            } finally {
                callbacks.detach(attached, outbox);
            }
        }
    }

    private long confirm() {
        return group.confirmLeadership(Deadline.in(CONFIRM_WAIT, ticker));
    }

    private void receiveAll(long served) {
        Duration silence = callbacks.settings().lease().multipliedBy(SILENT_LEASES);
        while (true) {
            FromClient message = channel.receive(Deadline.in(silence, ticker));
            if (message.getDroppedCount() > DROPPED_MAX) {
                throw FailureException.of(
                        FailureCode.LIMIT, "more than 4,096 promises given up at once");
            }
            take(served, message);
            if (message.getRenew()) {
                renew(served, message);
            }
        }
    }

    private void take(long served, FromClient message) {
        long now = ticker.nanos();
        boolean unused = callbacks.with(client, served, who -> {
            Term term = callbacks.term();
            if (message.getTerm() == served) {
                term.isBack(who);
                term.acknowledge(who, message.getHandled());
            }
            message.getDroppedList().forEach(file -> term.giveUp(who, file, now));
            return true;
        });
    }

    /** Under the leader's lease, checked after the request came (rule 2). */
    private void renew(long served, FromClient message) {
        if (confirm() != served) {
            throw FailureException.of(FailureCode.NOT_LEADER, "another term has begun");
        }
        group.heard(client);
        long mapVersion = group.mapVersion();
        int lease = (int) callbacks.settings().lease().toMillis();
        boolean unused = callbacks.with(client, served, who -> {
            Term term = callbacks.term();
            boolean extended = term.renew(who, ticker.nanos());
            return who.offer(FromServer.newBuilder()
                    .setRenewal(Renewal.newBuilder()
                            .setRenewal(message.getRenewal())
                            .setTerm(served)
                            .setLeaseMillis(extended ? lease : 0)
                            .setMapVersion(mapVersion)
                            .setLastBreak(who.lastBreak()))
                    .build());
        });
    }
}
