package holdfast.verify.simulation;

import com.google.protobuf.ByteString;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * What one member of a group has on disk: its vote, its log, a checkpoint. What was appended and
 * not synced is lost when the machine loses power, and may be lost when the process is killed.
 */
final class LogDisk {
    /** One entry; without commands, the one that a new leader begins with. */
    record Entry(long term, List<ByteString> commands) {}

    /** A state written down, with the entries up to {@code index}. */
    record Checkpoint(long index, Path folder) {}

    private final List<Entry> entries = new ArrayList<>();
    private int synced;
    private long term;
    private long votedIn;
    private Optional<Checkpoint> checkpoint = Optional.empty();
    private boolean fresh;
    private int life;

    long term() {
        return term;
    }

    /** Durable at once: no answer goes out before. */
    void term(long newTerm) {
        term = newTerm;
    }

    boolean votedIn(long someTerm) {
        return votedIn >= someTerm;
    }

    void vote(long inTerm) {
        votedIn = inTerm;
    }

    int size() {
        return entries.size();
    }

    int synced() {
        return synced;
    }

    Entry entry(int index) {
        return entries.get(index);
    }

    long termAt(int index) {
        return index < 0 ? 0 : entries.get(index).term();
    }

    void append(Entry entry) {
        entries.add(entry);
    }

    /** Another leader's log says otherwise from here on. */
    void truncate(int size) {
        while (entries.size() > size) {
            entries.removeLast();
        }
        synced = Math.min(synced, size);
    }

    void sync(int upTo) {
        synced = Math.max(synced, Math.min(upTo, entries.size()));
    }

    /** Of what was not synced, only the beginning is there, or nothing. */
    void crash(Random chance) {
        truncate(synced + chance.nextInt(entries.size() - synced + 1));
        synced = entries.size();
    }

    /** The disk is replaced by an empty one. */
    void wipe() {
        truncate(0);
        term = 0;
        votedIn = 0;
        checkpoint = Optional.empty();
        fresh = true;
        life++;
    }

    /** How many disks were there before it. */
    int life() {
        return life;
    }

    /** Whether this is a new member, which counts for nothing yet. */
    boolean isFresh() {
        return fresh;
    }

    /** It has all that was committed, so the group took it in; it votes in later terms only. */
    void takenIn(long lastTerm) {
        fresh = false;
        term = Math.max(term, lastTerm);
        votedIn = term;
    }

    Optional<Checkpoint> checkpoint() {
        return checkpoint;
    }

    void checkpoint(Checkpoint made) {
        checkpoint = Optional.of(made);
    }
}
