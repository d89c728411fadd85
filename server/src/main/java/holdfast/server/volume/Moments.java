package holdfast.server.volume;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.VnodeBounds;
import holdfast.wire.proto.Time;

/** Arithmetic on the times that vnodes carry. */
final class Moments {
    private static final int NANOS_MAX = 999_999_999;

    private Moments() {}

    /** {@code time}, or one nanosecond after {@code before} where that is later. */
    static Time later(Time time, Time before) {
        Time next = before.getNanos() >= NANOS_MAX
                ? of(before.getSeconds() + 1, 0)
                : of(before.getSeconds(), before.getNanos() + 1);
        return compare(time, next) >= 0 ? time : next;
    }

    /** {@code time}, which must be of the years 1 to 9999. */
    static Time check(Time time) {
        long seconds = time.getSeconds();
        boolean possible = seconds >= VnodeBounds.TIME_SECONDS_MIN
                && seconds <= VnodeBounds.TIME_SECONDS_MAX
                && time.getNanos() >= 0
                && time.getNanos() <= NANOS_MAX;
        if (!possible) {
            throw Refusal.of(FailureCode.INVALID, "a time must lie in the years 1 to 9999");
        }
        return time;
    }

    private static int compare(Time one, Time other) {
        int bySeconds = Long.compare(one.getSeconds(), other.getSeconds());
        return bySeconds != 0 ? bySeconds : Integer.compare(one.getNanos(), other.getNanos());
    }

    private static Time of(long seconds, int nanos) {
        return Time.newBuilder().setSeconds(seconds).setNanos(nanos).build();
    }
}
