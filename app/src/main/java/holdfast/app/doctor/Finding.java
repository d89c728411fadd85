package holdfast.app.doctor;

/**
 * What one check found.
 *
 * @param subject what was looked at
 * @param text how it is
 * @param advice what to do; empty when nothing
 */
public record Finding(String subject, Health health, String text, String advice) {
    /** How bad it is. */
    public enum Health {
        /** As it should be. */
        GOOD,
        /** It works, but not as well as it could. */
        WEAK,
        /** It keeps the cell from working. */
        BAD
    }

    static Finding good(String subject, String text) {
        return new Finding(subject, Health.GOOD, text, "");
    }

    static Finding weak(String subject, String text, String advice) {
        return new Finding(subject, Health.WEAK, text, advice);
    }

    static Finding bad(String subject, String text, String advice) {
        return new Finding(subject, Health.BAD, text, advice);
    }
}
