package holdfast.verify.simulation;

import java.time.Duration;

/**
 * Something that goes wrong.
 *
 * @param at after the clients began
 * @param machine which one; counted modulo those there are
 * @param other another machine, or a number that says how; below 0: which one after the leader
 * @param lasts until it is over
 */
record Fault(Kind kind, Duration at, int machine, int other, Duration lasts) {
    enum Kind {
        KILL_SERVER,
        POWER_LOSS,
        /** Its disk is gone: it comes back as a new member. */
        WIPE_SERVER,
        PAUSE_SERVER,
        SUSPEND_SERVER,
        ISOLATE_SERVER,
        /** Cut off from the other members of its group, not from clients. */
        PART_SERVER,
        /** It does not hear the leader of its group, but is heard. */
        DEAFEN_TO_LEADER_SERVER,
        /** What its connections carry to other members does not arrive; the log's messages do. */
        STALL_COPIES_SERVER,
        /** Its log takes long to sync. */
        SLOW_DISK_SERVER,
        CUT_ONE_WAY,
        BREAK_CONNECTIONS,
        LOSE_PACKETS,
        JUMP_CLOCK,
        /** Its threads stand still again and again, each for itself. */
        SLOW_SERVER,
        SLOW_CLIENT,
        /** One of its threads stands still, all others get on. */
        FREEZE_SERVER,
        FREEZE_CLIENT,
        /** What a server has answered reaches its threads late, but breaks do at once. */
        HOLD_ANSWERS_CLIENT,
        KILL_CLIENT,
        /** What its cache had not brought to the disk is torn. */
        POWER_LOSS_CLIENT,
        PAUSE_CLIENT,
        SUSPEND_CLIENT,
        /** With its connections reset, or silently. */
        ISOLATE_CLIENT,
        /** It hears nobody, but is heard. */
        DEAFEN_CLIENT,
        /** It hears, but nobody hears it. */
        MUTE_CLIENT,
        /** The same, but only for the locking servers: its heartbeats are missing. */
        MUTE_FOR_LOCKS_CLIENT,
        /** Its connections are reset, again and again. */
        RESET_CLIENT,
        /** What one connection carries, between it and a server, does not arrive. */
        STALL_CLIENT,
        /** All that it sends to the file servers does not arrive. */
        STALL_STORES_CLIENT;

        boolean isOfClient() {
            return name().endsWith("_CLIENT");
        }
    }

    @Override
    public String toString() {
        return kind + " " + machine + "," + other + " at " + at.toMillis() + " ms for "
                + lasts.toMillis() + " ms";
    }
}
