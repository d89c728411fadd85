package holdfast.client.files;

import holdfast.client.session.Session;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.files.FileMethods;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.DrainMember;
import holdfast.wire.proto.GroupStatus;
import holdfast.wire.proto.GroupStatusReply;
import holdfast.wire.proto.MemberInfo;
import holdfast.wire.proto.MemberList;
import holdfast.wire.transport.Address;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Prepares one file server for being stopped. It is safe when another member leads, those that
 * remain are a majority, and a majority of them has all contents up to when the lead had passed.
 */
final class Drain {
    private static final Duration LOOK_MAX = Duration.ofSeconds(2);

    private final Session session;
    private final GroupAdministration groups;
    private final Address at;
    private OptionalLong upTo = OptionalLong.empty();

    /** Of the server that is called {@code name}. */
    Drain(Session session, GroupAdministration groups, String name, Deadline deadline) {
        this.session = session;
        this.groups = groups;
        this.at = Address.parse(GroupAdministration.server(name, session.map().refresh(deadline))
                .getAddress());
    }

    /** Begins, and returns when it is safe; told what is waited for. */
    void begin(boolean force, Consumer<String> progress, Deadline deadline) {
        DrainMember on = DrainMember.newBuilder().setOn(true).setForce(force).build();
        var unused = groups.call(at, MemberMethods.DRAIN_MEMBER, on, deadline);
        String told = "";
        while (true) {
            Optional<String> reason = whyNotYet(deadline);
            if (reason.isEmpty()) {
                return;
            }
            if (!reason.get().equals(told)) {
                told = reason.get();
                progress.accept(at + ": " + told);
            }
            if (deadline.leftNanos() < LOOK_MAX.toNanos() / 4) {
                throw FailureException.of(
                        FailureCode.TIMED_OUT,
                        "the file server " + at + " is draining, and not yet safe to stop: "
                                + told);
            }
            session.pauseBeforeAskingAgain(deadline);
        }
    }

    /** The server is like any other again. */
    void end(Deadline deadline) {
        var unused = groups.call(
                at, MemberMethods.DRAIN_MEMBER, DrainMember.getDefaultInstance(), deadline);
        while (isToldDraining(deadline)) {
            deadline.check("telling the directory server");
            session.pauseBeforeAskingAgain(deadline);
        }
    }

    private Optional<String> whyNotYet(Deadline deadline) {
        MemberList seen = session.members()
                .look(at, deadline)
                .orElseThrow(() -> FailureException.of(
                        FailureCode.UNAVAILABLE, "the file server " + at + " does not answer"));
        if (!isToldDraining(deadline)) {
            return Optional.of("the directory server has still to hear of it");
        }
        int size = seen.getMembersCount();
        if (size < 2) {
            return Optional.empty();
        }
        if (seen.getLeader().isEmpty() || seen.getLeader().equals(seen.getSelf())) {
            return Optional.of("another member must lead first");
        }
        List<GroupStatusReply> others = others(seen, deadline);
        if (others.size() < size / 2 + 1) {
            return Optional.of("only " + others.size() + " of the " + (size - 1)
                    + " other members answer, and " + (size / 2 + 1) + " are needed");
        }
        if (upTo.isEmpty()) {
            upTo = others.stream().mapToLong(GroupStatusReply::getApplied).max();
        }
        long complete = others.stream()
                .filter(member -> member.getCompleteAt() >= upTo.orElse(0))
                .count();
        return complete >= (size - 1) / 2 + 1
                ? Optional.empty()
                : Optional.of("the other members do not have all contents yet");
    }

    private boolean isToldDraining(Deadline deadline) {
        return GroupAdministration.server(at.toString(), session.map().refresh(deadline))
                .getDraining();
    }

    private List<GroupStatusReply> others(MemberList seen, Deadline deadline) {
        List<GroupStatusReply> others = new ArrayList<>();
        for (MemberInfo member : seen.getMembersList()) {
            if (!member.getId().equals(seen.getSelf()) && !member.getAddress().isEmpty()) {
                status(Address.parse(member.getAddress()), deadline).ifPresent(others::add);
            }
        }
        return others;
    }

    private Optional<GroupStatusReply> status(Address member, Deadline deadline) {
        try {
            return Optional.of(groups.call(
                    member,
                    FileMethods.GROUP_STATUS,
                    GroupStatus.getDefaultInstance(),
                    deadline.atMost(LOOK_MAX)));
        } catch (FailureException e) {
            return Optional.empty();
        }
    }
}
