package holdfast.server.membership;

import holdfast.model.time.WallClock;
import holdfast.server.replication.Membership;
import holdfast.server.replication.Membership.Member;
import holdfast.server.replication.Membership.View;
import holdfast.server.security.Administrators;
import holdfast.server.security.Callers;
import holdfast.wire.members.MemberMethods;
import holdfast.wire.proto.AddMember;
import holdfast.wire.proto.LeadMember;
import holdfast.wire.proto.ListMembers;
import holdfast.wire.proto.MemberInfo;
import holdfast.wire.proto.MemberList;
import holdfast.wire.proto.Nothing;
import holdfast.wire.proto.RemoveMember;
import holdfast.wire.proto.Role;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Service;
import holdfast.wire.transport.Service.Call;
import holdfast.wire.transport.Service.Reply;

import java.time.Duration;
import java.util.UUID;
import java.util.function.Supplier;

/** The calls by which people and new members look at a group's members and change them. */
final class MemberCalls {
    private static final String WHAT = "change the members of a group";

    private final Role role;
    private final UUID group;
    private final Membership membership;

    private MemberCalls(Role role, UUID group, Membership membership) {
        this.role = role;
        this.group = group;
        this.membership = membership;
    }

    /**
     * What a server of {@code role} answers about the members of its {@code group}.
     *
     * @param administrators who may change them
     */
    static Service service(
            Role role, UUID group, Membership membership, Supplier<Administrators> administrators) {
        MemberCalls calls = new MemberCalls(role, group, membership);
        return Service.of(Role.ROLE_NONE, () -> 0)
                .on(MemberMethods.LIST_MEMBERS, Callers.known(calls::list))
                .on(MemberMethods.ADD_MEMBER, Administrators.only(administrators, WHAT, calls::add))
                .on(
                        MemberMethods.REMOVE_MEMBER,
                        Administrators.only(administrators, WHAT, calls::remove))
                .on(
                        MemberMethods.LEAD_MEMBER,
                        Administrators.only(administrators, WHAT, calls::lead))
                .build();
    }

    private Reply<MemberList> list(Call<ListMembers> call) {
        View view = membership.view();
        MemberList.Builder list = MemberList.newBuilder()
                .setRole(role)
                .setGroup(group.toString())
                .setSelf(view.self())
                .setTerm(view.term())
                .setLeader(view.leader())
                .setLast(view.last())
                .setCommitted(view.committed())
                .setApplied(view.applied())
                .setCheckpoint(view.checkpoint());
        view.members().forEach(member -> list.addMembers(info(member)));
        Membership.Footprint footprint = membership.footprint();
        list.setLogBytes(footprint.logBytes());
        footprint
                .checkpointMade()
                .map(made -> Duration.between(made, WallClock.system().instant()))
                .ifPresent(age -> list.setCheckpointMillis(Math.max(1, age.toMillis())));
        return Reply.of(list.build());
    }

    private static MemberInfo info(Member member) {
        return MemberInfo.newBuilder()
                .setId(member.id())
                .setAddress(member.address())
                .setCommitted(member.committed())
                .setSilentMillis(member.silent().toMillis())
                .build();
    }

    private Reply<Nothing> add(Call<AddMember> call) {
        AddMember asked = call.request();
        membership.add(asked.getId(), Address.parse(asked.getAddress()), call.deadline());
        return Reply.of(Nothing.getDefaultInstance());
    }

    private Reply<Nothing> remove(Call<RemoveMember> call) {
        membership.remove(call.request().getId(), call.deadline());
        return Reply.of(Nothing.getDefaultInstance());
    }

    private Reply<Nothing> lead(Call<LeadMember> call) {
        membership.transfer(call.request().getId(), call.deadline());
        return Reply.of(Nothing.getDefaultInstance());
    }
}
