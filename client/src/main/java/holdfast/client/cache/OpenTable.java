package holdfast.client.cache;

import holdfast.model.chunk.ContentId;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The objects that this process has open. One that nobody uses any more stays for a while, so that
 * opening it again costs nothing; how many and how much stay is bounded, the least recently used go
 * first. All that stay keep their link, and fewer their channel, since a process may have more
 * links than open files.
 */
final class OpenTable {
    private static final int IDLE_CHANNELS_MAX = 1_000;

    private final int idleMax;
    private final long idleBytesMax;
    private final Generation generation;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<ContentId, OpenObject> open = new HashMap<>();
    private final LinkedHashMap<ContentId, OpenObject> idle = new LinkedHashMap<>();
    private final LinkedHashSet<OpenObject> idleChannels = new LinkedHashSet<>();
    private long idleBytes;

    OpenTable(CacheSettings settings, Generation generation, Clock clock) {
        this.idleMax = settings.idleFilesMax();
        this.idleBytesMax = settings.budgetBytes() / 8;
        this.generation = generation;
        this.clock = clock;
    }

    /**
     * The open object, when it is still as it was verified; the caller must {@link #release} it.
     */
    Optional<OpenObject> acquire(ContentId id) throws IOException {
        OpenObject found;
        lock.lock();
        try {
            found = open.get(id);
            if (found == null) {
                return Optional.empty();
            }
            use(found);
        } finally {
            lock.unlock();
        }
        Optional<FileFacts> facts = FileFacts.of(found.path());
        if (facts.isPresent() && generation.seals(id, found.size(), facts.get())) {
            return Optional.of(found);
        }
        abandon(found);
        return Optional.empty();
    }

    private void use(OpenObject object) {
        if (object.users++ == 0 && idle.remove(object.id()) != null) {
            idleBytes -= object.size();
            idleChannels.remove(object);
        }
    }

    /** Somebody wrote to it: who has it open keeps it, nobody else gets it. */
    private void abandon(OpenObject object) throws IOException {
        lock.lock();
        try {
            open.remove(object.id(), object);
        } finally {
            lock.unlock();
        }
        release(object);
    }

    /**
     * Notes a new one, used once; when another thread was first, its one is given back and the new
     * one dropped.
     */
    OpenObject add(OpenObject object) throws IOException {
        OpenObject winner;
        lock.lock();
        try {
            winner = open.putIfAbsent(object.id(), object);
            if (winner == null) {
                object.users = 1;
                return object;
            }
            use(winner);
        } finally {
            lock.unlock();
        }
        object.drop();
        return winner;
    }

    /** Notes a new one, used once, unless there is another of these contents. */
    boolean offer(OpenObject object) {
        lock.lock();
        try {
            boolean first = open.putIfAbsent(object.id(), object) == null;
            object.users = first ? 1 : 0;
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Gives back what {@link #acquire} or {@link #add} gave. */
    void release(OpenObject object) throws IOException {
        List<OpenObject> dropped = new ArrayList<>();
        OpenObject resting = null;
        lock.lock();
        try {
            object.usedSeconds = clock.instant().getEpochSecond();
            if (--object.users == 0) {
                if (open.get(object.id()) == object) {
                    idle.put(object.id(), object);
                    idleBytes += object.size();
                    idleChannels.add(object);
                } else {
                    dropped.add(object);
                }
            }
            shrink(idleMax, idleBytesMax, dropped);
            if (idleChannels.size() > IDLE_CHANNELS_MAX) {
                resting = idleChannels.removeFirst();
            }
        } finally {
            lock.unlock();
        }
        if (resting != null) {
            resting.closeChannel(); // who uses it by now opens another
        }
        drop(dropped);
    }

    // Under the lock.
    private void shrink(int countMax, long bytesMax, List<OpenObject> dropped) {
        while (idle.size() > countMax || idleBytes > bytesMax) {
            OpenObject oldest = idle.pollFirstEntry().getValue();
            idleBytes -= oldest.size();
            open.remove(oldest.id());
            idleChannels.remove(oldest);
            dropped.add(oldest);
        }
    }

    /**
     * Takes the object out when only the caller uses it; then it is the caller's alone, and need
     * not be released.
     */
    boolean takeOut(OpenObject object) {
        lock.lock();
        try {
            return object.users == 1 && open.remove(object.id(), object);
        } finally {
            lock.unlock();
        }
    }

    /** Gives {@code id} to nobody any more; who has it open keeps it. */
    void expel(ContentId id) throws IOException {
        List<OpenObject> dropped = new ArrayList<>();
        lock.lock();
        try {
            open.remove(id);
            OpenObject object = idle.remove(id);
            if (object != null) {
                idleBytes -= object.size();
                idleChannels.remove(object);
                dropped.add(object);
            }
        } finally {
            lock.unlock();
        }
        drop(dropped);
    }

    /**
     * Lets go of all but the {@code countMax} most recently used of {@code bytesMax} bytes that
     * nobody uses.
     */
    void trim(int countMax, long bytesMax) throws IOException {
        List<OpenObject> dropped = new ArrayList<>();
        lock.lock();
        try {
            shrink(countMax, bytesMax, dropped);
        } finally {
            lock.unlock();
        }
        drop(dropped);
    }

    private static void drop(List<OpenObject> dropped) throws IOException {
        for (OpenObject object : dropped) {
            try {
                FileFacts.setTimes(object.path(), object.usedSeconds, OptionalLong.empty());
            } finally {
                object.drop();
            }
        }
    }
}
