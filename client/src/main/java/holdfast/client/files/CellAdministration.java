package holdfast.client.files;

import holdfast.client.session.CellView;
import holdfast.client.session.Session;
import holdfast.model.failure.Failure;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.time.Deadline;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.files.FileMethods;
import holdfast.wire.locking.LockingMethods;
import holdfast.wire.proto.BreakLock;
import holdfast.wire.proto.CreateVolume;
import holdfast.wire.proto.ForgetServer;
import holdfast.wire.proto.GroupStatus;
import holdfast.wire.proto.GroupStatusReply;
import holdfast.wire.proto.ListLocks;
import holdfast.wire.proto.LockHolder;
import holdfast.wire.proto.LockList;
import holdfast.wire.proto.LockMode;
import holdfast.wire.proto.MoveMount;
import holdfast.wire.proto.RemoveVolume;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.proto.RetireVolume;
import holdfast.wire.proto.Role;
import holdfast.wire.proto.Server;
import holdfast.wire.proto.Volume;
import holdfast.wire.transport.Address;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Servers, volumes and locks, as administrators see and change them. */
final class CellAdministration implements Cell.Administration {
    private static final int PAGE = 1000;
    private static final Duration STATUS_LIMIT = Duration.ofSeconds(2);

    private final Session session;
    private final ReplicaGroups groups;
    private final Resolver resolver;
    private final Supplier<Deadline> deadline;
    private final GroupAdministration replicas;

    CellAdministration(
            Session session, ReplicaGroups groups, Resolver resolver, Supplier<Deadline> deadline) {
        this.session = session;
        this.groups = groups;
        this.resolver = resolver;
        this.deadline = deadline;
        this.replicas = new GroupAdministration(session);
    }

    @Override
    public List<ServerInfo> servers() throws CellException {
        return Edge.call(() -> session.map().refresh(deadline.get()).map().getServersList().stream()
                .map(this::info)
                .toList());
    }

    private ServerInfo info(Server server) {
        return new ServerInfo(
                server.getServer(),
                role(server.getRole()),
                server.getAddress(),
                server.getUp(),
                Duration.ofMillis(server.getSilentMillis()),
                server.getCapacityBytes(),
                server.getFreeBytes(),
                server.getDirectoriesList(),
                server.getRelease(),
                server.getZone(),
                server.getDraining(),
                server.getUp() && server.getRole() == Role.FILES
                        ? group(Address.parse(server.getAddress()))
                        : Optional.empty());
    }

    static String role(Role role) {
        return role == Role.FILES ? "file" : role.name().toLowerCase(Locale.ROOT);
    }

    private Optional<GroupInfo> group(Address address) {
        RequestHeader header = RequestHeader.newBuilder()
                .setCaller(session.environment().caller())
                .build();
        try {
            GroupStatusReply said = session.environment()
                    .transport()
                    .call(
                            address,
                            FileMethods.GROUP_STATUS,
                            header,
                            GroupStatus.getDefaultInstance(),
                            deadline.get().atMost(STATUS_LIMIT))
                    .message();
            return Optional.of(new GroupInfo(
                    said.getGroup(),
                    said.getTerm(),
                    said.getLeader(),
                    said.getApplied(),
                    said.getClients(),
                    said.getPromises(),
                    said.getChunks(),
                    said.getChunkBytes()));
        } catch (FailureException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<VolumeInfo> volumes() throws CellException {
        return Edge.call(() -> {
            CellView view = session.map().refresh(deadline.get());
            return view.map().getVolumesList().stream()
                    .map(volume -> info(volume, view))
                    .toList();
        });
    }

    private static VolumeInfo info(Volume volume, CellView view) {
        List<Address> members = view.members(volume.getGroup());
        return new VolumeInfo(
                volume.getNumber(),
                CellPath.parse(volume.getPath()),
                volume.getGroup(),
                members.isEmpty() ? "" : members.getFirst().toString(),
                volume.getQuotaBytes());
    }

    @Override
    public VolumeInfo createVolume(CellPath at, Where where, long quotaBytes) throws CellException {
        return Edge.call(() -> {
            CreateVolume.Builder request =
                    CreateVolume.newBuilder().setPath(at.toString()).setQuotaBytes(quotaBytes);
            where.server().ifPresent(name -> request.setServer(serverId(name)));
            where.group()
                    .ifPresent(
                            name -> request.setGroup(replicas.groupCalled(name, deadline.get())));
            Volume made = session.map()
                    .change(DirectoryMethods.CREATE_VOLUME, request.build(), deadline.get())
                    .getVolume();
            return info(made, session.map().view(deadline.get()));
        });
    }

    /** The id of the server that people name by its id or its address. */
    private String serverId(String name) {
        return session.map().view(deadline.get()).map().getServersList().stream()
                .filter(each ->
                        each.getServer().equals(name) || each.getAddress().equals(name))
                .findFirst()
                .orElseThrow(() -> Failure.of(FailureCode.NOT_FOUND, "no such server: " + name)
                        .exception())
                .getServer();
    }

    @Override
    public VolumeInfo moveMount(CellPath from, CellPath to) throws CellException {
        return Edge.call(() -> {
            MoveMount request = MoveMount.newBuilder()
                    .setFrom(from.toString())
                    .setTo(to.toString())
                    .build();
            Volume moved = session.map()
                    .change(DirectoryMethods.MOVE_MOUNT, request, deadline.get())
                    .getVolume();
            return info(moved, session.map().view(deadline.get()));
        });
    }

    @Override
    public void removeVolume(CellPath at, boolean evenIfNotEmpty) throws CellException {
        Edge.call(() -> {
            Volume volume = volume(at);
            if (!evenIfNotEmpty) {
                retire(volume, at);
            }
            RemoveVolume request = RemoveVolume.newBuilder()
                    .setPath(at.toString())
                    .setNumber(volume.getNumber())
                    .build();
            return session.map().change(DirectoryMethods.REMOVE_VOLUME, request, deadline.get());
        });
    }

    private Volume volume(CellPath at) {
        return session.map().refresh(deadline.get()).map().getVolumesList().stream()
                .filter(volume -> volume.getPath().equals(at.toString()))
                .findFirst()
                .orElseThrow(() -> Failure.of(FailureCode.NO_VOLUME, "no volume is mounted there")
                        .at(at.toString())
                        .exception());
    }

    /**
     * The directory service does not know what volumes hold; the file server does, and lets nothing
     * come into the volume once it was found empty. Repeating this is safe.
     */
    private void retire(Volume volume, CellPath at) {
        if (volume.getMountsCount() > 0) {
            throw Failure.of(FailureCode.BUSY, "other volumes are mounted inside it")
                    .at(at.toString())
                    .exception();
        }
        RetireVolume request =
                RetireVolume.newBuilder().setVolume(volume.getNumber()).build();
        Deadline limit = deadline.get();
        try {
            var unused = groups.at(
                    FileId.rootOf(volume.getNumber()),
                    limit,
                    group -> group.connection().change(FileMethods.RETIRE_VOLUME, request, limit));
        } catch (FailureException e) {
            throw e.code() == FailureCode.NOT_EMPTY ? notEmpty(at) : e;
        }
    }

    private static FailureException notEmpty(CellPath at) {
        return Failure.of(
                        FailureCode.NOT_EMPTY,
                        "the volume is not empty; --with-contents removes it all the same")
                .at(at.toString())
                .exception();
    }

    @Override
    public void forgetServer(String server) throws CellException {
        Edge.call(() -> {
            ForgetServer request =
                    ForgetServer.newBuilder().setServer(serverId(server)).build();
            return session.map().change(DirectoryMethods.FORGET_SERVER, request, deadline.get());
        });
    }

    @Override
    public List<VerifiedMember> verifyVolume(
            CellPath at, long bytesPerSecond, boolean repair, Consumer<String> progress)
            throws CellException {
        return Edge.call(
                at,
                () -> new VolumeComparison(
                                session,
                                groups,
                                replicas,
                                deadline,
                                volume(at),
                                bytesPerSecond,
                                repair)
                        .compare(progress));
    }

    @Override
    public List<ReplicaGroupInfo> groups() throws CellException {
        return Edge.call(() -> replicas.groups(deadline.get()));
    }

    @Override
    public ReplicaGroupInfo createGroup(List<String> servers, Consumer<String> progress)
            throws CellException {
        return Edge.call(() -> replicas.create(servers, progress, deadline.get()));
    }

    @Override
    public ReplicaGroupInfo createGroup(int count, Consumer<String> progress) throws CellException {
        return Edge.call(() -> {
            Deadline limit = deadline.get();
            return replicas.create(replicas.pick(count, limit), progress, limit);
        });
    }

    @Override
    public void drain(String server, boolean force, Consumer<String> progress)
            throws CellException {
        Edge.call(() -> {
            Deadline limit = deadline.get();
            new Drain(session, replicas, server, limit).begin(force, progress, limit);
            return server;
        });
    }

    @Override
    public void undrain(String server) throws CellException {
        Edge.call(() -> {
            Deadline limit = deadline.get();
            new Drain(session, replicas, server, limit).end(limit);
            return server;
        });
    }

    @Override
    public List<MemberInfo> members() throws CellException {
        return Edge.call(() -> new MemberViews(session, replicas).all(deadline.get()));
    }

    @Override
    public void addMember(String address) throws CellException {
        Edge.call(() -> {
            session.members().add(Address.parse(address), deadline.get());
            return address;
        });
    }

    @Override
    public void removeMember(String member) throws CellException {
        Edge.call(() -> session.members().remove(member, deadline.get()));
    }

    @Override
    public void leadMember(String member) throws CellException {
        Edge.call(() -> session.members().lead(member, deadline.get()));
    }

    @Override
    public List<Cell.Administration.LockInfo> locks() throws CellException {
        return Edge.call(() -> {
            List<Cell.Administration.LockInfo> all = new ArrayList<>();
            LockList page;
            long after = 0;
            do {
                ListLocks request = ListLocks.newBuilder()
                        .setAfterFile(after)
                        .setLimit(PAGE)
                        .build();
                page = session.locks().ask(LockingMethods.LIST_LOCKS, request, deadline.get());
                page.getLocksList().forEach(each -> all.add(info(each)));
                after = page.getLocksCount() == 0
                        ? after
                        : page.getLocks(page.getLocksCount() - 1).getFile();
            } while (page.getMore() && page.getLocksCount() > 0);
            return all;
        });
    }

    private static Cell.Administration.LockInfo info(holdfast.wire.proto.LockInfo lock) {
        return new Cell.Administration.LockInfo(
                new FileId(lock.getFile()),
                lock.getPath(),
                lock.getMode() == LockMode.EXCLUSIVE,
                lock.getHoldersList().stream().map(CellAdministration::holder).toList(),
                lock.getWaitersList().stream().map(CellAdministration::holder).toList(),
                lock.getEpoch() + "/" + lock.getNumber());
    }

    private static Failure.Holder holder(LockHolder holder) {
        return new Failure.Holder(
                holder.getUser(), holder.getHost(), holder.getProcess(), holder.getAgeMillis());
    }

    @Override
    public int breakLock(CellPath path, String reason) throws CellException {
        return Edge.call(() -> {
            FileId file = resolver.found(Spot.at(path), Lookup.place(true), deadline.get())
                    .vnode()
                    .file();
            BreakLock request = BreakLock.newBuilder()
                    .setFile(file.value())
                    .setReason(reason)
                    .build();
            return session.locks()
                    .ask(LockingMethods.BREAK_LOCK, request, deadline.get())
                    .getFreed();
        });
    }
}
