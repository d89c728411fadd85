package holdfast.client.files;

import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * A connection to a cell, with its cache. Safe for many threads; keep one for each process. Every
 * call ends within its timeout. Calls that changed something have done so, durably and for
 * everybody, when they return.
 */
public interface Cell extends AutoCloseable {

    /**
     * Connects to a cell. Waits until the directory service answers, at most the timeout of the
     * options; other servers are reached when they are needed.
     */
    static Cell connect(CellOptions options) throws CellException {
        return connect(options, Surroundings.standard());
    }

    /** The same, on a network and clocks of the caller's own: for tests and simulations. */
    static Cell connect(CellOptions options, Surroundings on) throws CellException {
        return Edge.call(() -> Connecting.connect(options, on));
    }

    /** Opens a file. Symbolic links are followed. */
    OpenFile open(CellPath path, OpenRequest how) throws CellException;

    /** All of a small file; LIMIT when it is longer than {@code bytesMax}. */
    byte[] read(CellPath path, int bytesMax) throws CellException;

    /**
     * Stores {@code contents} as the whole file, making it when it is absent: one round trip and
     * one commit for a small new file.
     */
    Stat write(CellPath path, byte[] contents, PutOptions options) throws CellException;

    /** Stores the local file {@code from} as the whole file {@code to}. */
    Stat put(Path from, CellPath to, PutOptions options) throws IOException;

    /**
     * Writes the file's contents to the local path {@code to}, whole or not at all; times and mode
     * too when asked.
     */
    Stat get(CellPath from, Path to, GetOptions options) throws IOException;

    /** What is at {@code path}; symbolic links are followed. */
    Stat stat(CellPath path) throws CellException;

    /** What is at {@code path}, itself, even when it is a symbolic link. */
    Stat lstat(CellPath path) throws CellException;

    /**
     * The entries of a directory in the order of their names, fetched in pages as they are visited.
     */
    void list(CellPath directory, Consumer<Stat.Entry> visitor) throws CellException;

    default Stat mkdir(CellPath path, int mode) throws CellException {
        return mkdir(path, mode, MadeFor.CALLER);
    }

    Stat mkdir(CellPath path, int mode, MadeFor whom) throws CellException;

    /** Removes anything but a directory. */
    void remove(CellPath path) throws CellException;

    /** Removes an empty directory. */
    void rmdir(CellPath path) throws CellException;

    /** POSIX rename: atomic, replacing what {@code to} names. */
    Stat rename(CellPath from, CellPath to, RenameMode how) throws CellException;

    /** Another name for anything but a directory. */
    Stat link(CellPath existing, CellPath name) throws CellException;

    default Stat symlink(byte[] target, CellPath name) throws CellException {
        return symlink(target, name, MadeFor.CALLER);
    }

    Stat symlink(byte[] target, CellPath name, MadeFor whom) throws CellException;

    /**
     * Makes a special file, or an empty file (mknod(2)). The cell keeps only its name and
     * attributes: what it stands for is on the machine that uses it.
     *
     * @param device of a device, in Linux' coding of 32 bits; only the administrator makes devices
     */
    Stat mknod(CellPath path, Stat.Type type, int mode, int device, MadeFor whom)
            throws CellException;

    Stat setAttributes(CellPath path, Changes changes) throws CellException;

    /**
     * The extended attributes that the caller may see; access lists
     * ({@code system.posix_acl_access}, {@code system.posix_acl_default}) as
     * {@link holdfast.model.volume.AccessList} writes them. As {@link #stat}, without a message to
     * a server while the vnode is promised and was asked before, or has none.
     */
    SortedMap<String, byte[]> xattrs(CellPath path) throws CellException;

    /** One of them; empty when it is not there. */
    Optional<byte[]> xattr(CellPath path, String name) throws CellException;

    default void setXattr(CellPath path, String name, byte[] value) throws CellException {
        setXattr(path, name, value, XattrMode.ANY);
    }

    /** LIMIT when the value, or all of the vnode's together, are too large. */
    void setXattr(CellPath path, String name, byte[] value, XattrMode how) throws CellException;

    void removeXattr(CellPath path, String name) throws CellException;

    Space space(CellPath path) throws CellException;

    /**
     * Tells {@code listener} of changes of a file, or of a directory's entries, until the watch is
     * closed.
     */
    Watch watch(CellPath path, Consumer<Change> listener) throws CellException;

    /** The cell by vnodes, for a mount. */
    VnodeAccess vnodes();

    /** Counts of this connection and its cache. */
    Statistics statistics();

    /** The cache on disk. */
    CacheControl cache();

    /** Working copies whose store failed. */
    Recovery recovery();

    /** Servers, volumes and locks. */
    Administration administration();

    /**
     * Gives back locks and promises. Open files are discarded to recovery when they have changes.
     */
    @Override
    void close();

    /** Whether a rename may replace, or swaps. */
    enum RenameMode {
        REPLACE,
        NO_REPLACE,
        EXCHANGE
    }

    /**
     * How to store a whole file.
     *
     * @param mode permission bits when it is made
     * @param modified the modification time to give it; empty: now
     * @param lockWait how long to wait for a writer
     * @param onlyNew fail with ALREADY_EXISTS when it is there
     * @param progress told bytes done so far
     */
    record PutOptions(
            int mode,
            Optional<Instant> modified,
            Duration lockWait,
            boolean onlyNew,
            java.util.function.LongConsumer progress) {
        /** Mode 0644, the time now, waiting a minute. */
        public static PutOptions standard() {
            return new PutOptions(
                    0644, Optional.empty(), Duration.ofMinutes(1), false, bytes -> {});
        }
    }

    /** How to bring a file: also its times and mode, and who is told the bytes done. */
    record GetOptions(boolean preserve, java.util.function.LongConsumer progress) {
        public static GetOptions standard() {
            return new GetOptions(false, bytes -> {});
        }
    }

    /**
     * Attributes to set; empty ones stay. Times are set by the owner; who may write may set both to
     * now.
     *
     * @param modifiedNow the time becomes that of the change; {@code modified} is not sent, and is
     *     what is seen of a file open for writing until then
     * @param accessedNow the same for {@code accessed}
     */
    record Changes(
            Optional<Integer> mode,
            Optional<String> owner,
            Optional<String> group,
            Optional<Instant> modified,
            Optional<Instant> accessed,
            boolean modifiedNow,
            boolean accessedNow) {
        public static final Changes NONE = new Changes(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                false);

        /** Only the modification time, if that. */
        public static Changes modified(Optional<Instant> time) {
            return time.map(given -> NONE.withModified(given)).orElse(NONE);
        }

        /** These, and then {@code later}. */
        public Changes then(Changes later) {
            Changes written = later.modifiedNow || later.modified.isPresent() ? later : this;
            Changes read = later.accessedNow || later.accessed.isPresent() ? later : this;
            return new Changes(
                    later.mode().or(() -> mode),
                    later.owner().or(() -> owner),
                    later.group().or(() -> group),
                    written.modified,
                    read.accessed,
                    written.modifiedNow,
                    read.accessedNow);
        }

        public Changes withMode(int bits) {
            return new Changes(
                    Optional.of(bits), owner, group, modified, accessed, modifiedNow, accessedNow);
        }

        public Changes withOwner(String name) {
            return new Changes(
                    mode, Optional.of(name), group, modified, accessed, modifiedNow, accessedNow);
        }

        public Changes withGroup(String name) {
            return new Changes(
                    mode, owner, Optional.of(name), modified, accessed, modifiedNow, accessedNow);
        }

        public Changes withModified(Instant time) {
            return new Changes(mode, owner, group, Optional.of(time), accessed, false, accessedNow);
        }

        /** The modification time stays as it is. */
        Changes withoutModified() {
            return new Changes(mode, owner, group, Optional.empty(), accessed, false, accessedNow);
        }

        public Changes withAccessed(Instant time) {
            return new Changes(mode, owner, group, modified, Optional.of(time), modifiedNow, false);
        }

        public Changes withTimes(Instant newModified, Instant newAccessed) {
            return withModified(newModified).withAccessed(newAccessed);
        }

        public Changes withModifiedNow(Optional<Instant> seen) {
            return new Changes(mode, owner, group, seen, accessed, true, accessedNow);
        }

        public Changes withAccessedNow(Optional<Instant> seen) {
            return new Changes(mode, owner, group, modified, seen, modifiedNow, true);
        }

        /** Both times become that of the change. */
        public Changes touched() {
            return withModifiedNow(Optional.empty()).withAccessedNow(Optional.empty());
        }
    }

    /** Room in a volume, in bytes, and its number of files; quota 0: none. */
    record Space(long capacity, long free, long used, long files, long quota) {}

    /** A watch; closing it ends the calls. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * A change that was seen: of contents or attributes, of a directory's entries, or that it is
     * gone.
     */
    record Change(CellPath path, Kind kind, Instant seen) {
        public enum Kind {
            CONTENTS,
            ATTRIBUTES,
            ENTRIES,
            REMOVED
        }
    }

    /** Counts since the start of this connection, but for the cache's size. */
    record Statistics(
            long hits,
            long misses,
            long bytesFetched,
            long bytesSent,
            long requests,
            long stores,
            long breaks,
            long cachedBytes,
            long cacheBudget) {}

    /** Shows, empties and checks the cache on disk. */
    interface CacheControl {
        List<Cached> show() throws CellException;

        /** Removes what is not in use; returns bytes freed. */
        long clear() throws CellException;

        /** Hashes every object; damaged ones are removed and returned. */
        List<Cached> verify() throws CellException;

        Path folder();

        /** An object; its last known path and version where this cache knows them. */
        record Cached(
                String hash,
                long bytes,
                Instant used,
                Optional<String> path,
                Optional<Long> dataVersion) {}
    }

    /** Working copies whose store failed or whose outcome is unknown. */
    interface Recovery {
        List<Kept> list() throws CellException;

        /**
         * Stores it over its base; STALE when somebody stored meanwhile (unless {@code overwrite}).
         */
        Stat send(String id, boolean overwrite) throws CellException;

        /** Copies it to a local file. */
        void saveTo(String id, Path to) throws CellException;

        void discard(String id) throws CellException;

        /** A kept working copy; {@code reason} is why its store failed. */
        record Kept(
                String id,
                CellPath path,
                FileId file,
                long baseVersion,
                long bytes,
                Instant since,
                String reason,
                State state) {
            public enum State {
                /** Not stored. */
                KEPT,
                /** It was stored after all; it may be discarded. */
                STORED_AFTER_ALL,
                /** Another version was stored meanwhile. */
                CONFLICT,
                /** The server could not be asked. */
                UNKNOWN
            }
        }
    }

    /** What administrators see and do. */
    interface Administration {
        List<ServerInfo> servers() throws CellException;

        List<VolumeInfo> volumes() throws CellException;

        /** Makes a volume; where nothing is said, in the group with most room. */
        VolumeInfo createVolume(CellPath at, Where where, long quotaBytes) throws CellException;

        VolumeInfo moveMount(CellPath from, CellPath to) throws CellException;

        void removeVolume(CellPath at, boolean evenIfNotEmpty) throws CellException;

        void forgetServer(String server) throws CellException;

        /**
         * Compares what all members of its group hold of a volume, at one moment: names,
         * attributes, small contents, and each chunk, read and hashed. Bounded in time only by
         * progress: a member that does not answer or catch up within the timeout counts as away or
         * behind.
         *
         * @param bytesPerSecond how fast each member may read; 0: as fast as it can
         * @param repair have what is damaged or lacking brought from another member
         * @param progress told a few times a second
         */
        List<VerifiedMember> verifyVolume(
                CellPath at, long bytesPerSecond, boolean repair, Consumer<String> progress)
                throws CellException;

        /** The replica groups of file servers. */
        List<ReplicaGroupInfo> groups() throws CellException;

        /**
         * Makes one group of file servers, named by addresses or ids: the first keeps its group,
         * the others, which must hold no volumes, join it. Repeating it goes on where it ended.
         *
         * @param progress told what is done
         */
        ReplicaGroupInfo createGroup(List<String> servers, Consumer<String> progress)
                throws CellException;

        /** The same of {@code replicas} that hold no volumes, in as many zones, with most room. */
        ReplicaGroupInfo createGroup(int replicas, Consumer<String> progress) throws CellException;

        /**
         * Prepares a file server for being stopped: another member leads its group from now on, and
         * it gets no new volumes. Returns when it is safe to stop it.
         *
         * @param force also when it has no replica
         */
        void drain(String server, boolean force, Consumer<String> progress) throws CellException;

        /** Ends that. */
        void undrain(String server) throws CellException;

        List<LockInfo> locks() throws CellException;

        /** The members of all groups that can be asked. */
        List<MemberInfo> members() throws CellException;

        /** Has its group take in the server that waits at {@code address}. */
        void addMember(String address) throws CellException;

        /** Lets a member go, named by its address or the beginning of its id. */
        void removeMember(String member) throws CellException;

        /** Has a member lead its group, named likewise. */
        void leadMember(String member) throws CellException;

        /** Ends all grants of the file's lock; returns how many. */
        int breakLock(CellPath path, String reason) throws CellException;

        record ServerInfo(
                String id,
                String role,
                String address,
                boolean up,
                Duration silent,
                long capacity,
                long free,
                List<String> directories,
                String release,
                String zone,
                boolean draining,
                Optional<GroupInfo> group) {}

        /**
         * Where a volume is to be: at a server or in a group, each named by the beginning of its
         * id, a server also by its address.
         */
        record Where(Optional<String> server, Optional<String> group) {
            /** Wherever most room is. */
            public static final Where ANYWHERE = new Where(Optional.empty(), Optional.empty());
        }

        /**
         * A replica group of file servers.
         *
         * @param free bytes that all members have left
         */
        record ReplicaGroupInfo(
                String id, List<ReplicaInfo> members, List<CellPath> volumes, long free) {
            public ReplicaGroupInfo {
                members = List.copyOf(members);
                volumes = List.copyOf(volumes);
            }
        }

        /**
         * A file server in its group.
         *
         * @param up whether the directory server hears from it
         * @param joined whether the group has taken it in
         */
        record ReplicaInfo(
                String server,
                String address,
                String zone,
                boolean up,
                boolean joined,
                boolean leads,
                boolean draining,
                long capacity,
                long free) {}

        /** What a file server says of itself. */
        record GroupInfo(
                String id,
                long term,
                boolean leader,
                long applied,
                long clients,
                long promises,
                long chunks,
                long chunkBytes) {}

        /**
         * A member of a group.
         *
         * @param service "directory", "locking" or "file"
         * @param address empty when it was never reached
         * @param up whether it answers
         * @param last the last entry of its log
         * @param lag how many committed entries it has not applied; -1 when it does not answer
         * @param checkpoint the last entry in its newest checkpoint, -1 without one
         * @param checkpointAge how old that is; zero without one
         * @param logBytes of its log on its disk
         * @param contents of a file server that answers
         * @param silent how long it has not answered its leader
         */
        record MemberInfo(
                String service,
                String group,
                String id,
                String address,
                boolean up,
                boolean leads,
                boolean draining,
                long term,
                long last,
                long lag,
                long checkpoint,
                Duration checkpointAge,
                long logBytes,
                Optional<Contents> contents,
                Duration silent) {}

        /**
         * How far a file server has brought the contents that it must have.
         *
         * @param lackingChunks about how many it has still to bring
         * @param lackingBytes of those, about
         */
        record Contents(long lackingChunks, long lackingBytes) {}

        record VolumeInfo(int number, CellPath path, String group, String server, long quota) {}

        record LockInfo(
                FileId file,
                String path,
                boolean exclusive,
                List<holdfast.model.failure.Failure.Holder> holders,
                List<holdfast.model.failure.Failure.Holder> waiters,
                String token) {}
    }
}
