package holdfast.app.cell;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.server.membership.Draining;
import holdfast.server.membership.Home;
import holdfast.server.replication.Membership;
import holdfast.server.security.Administrators;
import holdfast.server.volume.VolumeReader;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.DrainMember;
import holdfast.wire.proto.JoinGroup;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.Service.Call;
import holdfast.wire.transport.Service.Reply;

import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** What administrators have a file server do beside serving: join another group, and drain. */
final class Maintenance {
    private static final int MEMBERS_MAX = 16;

    private final String group;
    private final Membership membership;
    private final VolumeReader reader;
    private final Draining draining;
    private final BiConsumer<Home.Invitation, Deadline> move;

    /**
     * Of the file server that is a member of {@code group}.
     *
     * @param move leaves the group for another one
     */
    Maintenance(
            String group,
            Membership membership,
            VolumeReader reader,
            Draining draining,
            BiConsumer<Home.Invitation, Deadline> move) {
        this.group = group;
        this.membership = membership;
        this.reader = reader;
        this.draining = draining;
        this.move = move;
    }

    Service service(Supplier<Administrators> administrators) {
        return Service.of(Role.FILES, () -> 0)
                .on(
                        MemberMethods.JOIN_GROUP,
                        Administrators.only(administrators, "make replica groups", this::join))
                .on(
                        MemberMethods.DRAIN_MEMBER,
                        Administrators.only(administrators, "drain servers", this::drain))
                .build();
    }

    private Reply<Nothing> join(Call<JoinGroup> call) {
        Home.Invitation to = invitation(call.request());
        if (!to.group().toString().equals(group)) {
            if (membership.view().members().size() != 1) {
                throw busy(
                        "it is not alone in its group; 'holdfast members remove' it there first");
            }
            if (!reader.volumes().isEmpty() || !reader.uncleared().isEmpty()) {
                throw busy("it holds volumes, or still has contents of removed ones");
            }
            move.accept(to, call.deadline());
        }
        return Reply.of(Nothing.getDefaultInstance());
    }

    private static Home.Invitation invitation(JoinGroup asked) {
        if (asked.getMembersCount() < 1 || asked.getMembersCount() > MEMBERS_MAX) {
            throw FailureException.of(
                    FailureCode.INVALID, "from 1 to 16 members of the group must be named");
        }
        List<Address> members =
                asked.getMembersList().stream().map(Address::parse).toList();
        try {
            return new Home.Invitation(UUID.fromString(asked.getGroup()), members);
        } catch (IllegalArgumentException e) {
            throw new FailureException(
                    FailureException.of(FailureCode.INVALID, "not the id of a group")
                            .failure(),
                    e);
        }
    }

    private static FailureException busy(String why) {
        return FailureException.of(
                FailureCode.BUSY, "this file server can't join another group: " + why);
    }

    private Reply<Nothing> drain(Call<DrainMember> call) {
        if (call.request().getOn()) {
            draining.begin(call.request().getForce());
        } else {
            draining.end();
        }
        return Reply.of(Nothing.getDefaultInstance());
    }
}
