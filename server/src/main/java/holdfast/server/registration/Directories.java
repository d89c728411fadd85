package holdfast.server.registration;

import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.transport.Address;

import java.util.LinkedHashSet;
import java.util.List;

/** The directory service's members, and which of them to ask now. For one thread. */
final class Directories {
    private final List<Address> configured;
    private List<Address> known;
    private int member;

    /** @param configured the members given at the start, at least one */
    Directories(List<Address> configured) {
        if (configured.isEmpty()) {
            throw new IllegalArgumentException("no directory server to register with");
        }
        this.configured = List.copyOf(configured);
        this.known = this.configured;
    }

    /** Whom to ask. */
    Address at() {
        return known.get(member);
    }

    /** The members that there are now. */
    void learn(List<String> told) {
        keep(told.stream().map(Address::parse).toList(), at());
    }

    /** To the leader if the failure names it, else to the next. */
    void goElsewhere(FailureException e) {
        Address next = e.failure()
                .detail(Failure.Leader.class)
                .map(leader -> Address.parse(leader.address()))
                .orElse(known.get((member + 1) % known.size()));
        keep(known, next);
    }

    /** These, and those given at the start, {@code next} being the one to ask. */
    private void keep(List<Address> members, Address next) {
        LinkedHashSet<Address> all = new LinkedHashSet<>(members);
        all.addAll(configured);
        all.add(next);
        known = List.copyOf(all);
        member = known.indexOf(next);
    }

    /** Whether a repetition would meet the same refusal. */
    static boolean isFinal(FailureException e) {
        return e.failure().code().retry() == FailureCode.Retry.NEVER
                && e.code() != FailureCode.CANCELLED
                && e.code() != FailureCode.INTERNAL
                && e.code() != FailureCode.NO_SPACE
                && e.code() != FailureCode.DAMAGED;
    }
}
