package holdfast.model.failure;

import java.util.Locale;

/** Knows a full disk by what the system says: Java has no exception of its own for it. */
public final class FullDisk {
    private FullDisk() {}

    /** Whether {@code e} says ENOSPC or EDQUOT: the disk, or the user's share of it, is full. */
    public static boolean isCauseOf(Throwable e) {
        String reason = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return reason.contains("no space left on device") || reason.contains("quota exceeded");
    }

    /** NO_SPACE for a full disk, else {@code otherwise}. */
    public static FailureCode codeOf(Throwable e, FailureCode otherwise) {
        return isCauseOf(e) ? FailureCode.NO_SPACE : otherwise;
    }
}
