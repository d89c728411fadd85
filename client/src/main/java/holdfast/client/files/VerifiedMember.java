package holdfast.client.files;

import java.util.List;

/**
 * What a member holds of a volume.
 *
 * @param rows how many rows were compared
 * @param behind how many log entries it had still to apply, where it is behind
 * @param lacking chunks that were not there, the mended ones included; likewise damaged
 * @param problems files that differ from the leader's, lacking and damaged chunks, in words; of
 *     many, some
 */
public record VerifiedMember(
        String address,
        Finding finding,
        long rows,
        long chunks,
        long bytes,
        long behind,
        long lacking,
        long damaged,
        long mended,
        List<String> problems) {
    public VerifiedMember {
        problems = List.copyOf(problems);
    }

    /** What came out. */
    public enum Finding {
        /** Everything is there and the same as at the leader. */
        IDENTICAL,
        /** The same once what was lacking or damaged had been mended. */
        MENDED,
        /** Chunks are lacking or damaged. */
        DAMAGED,
        /** Names, attributes or small contents are not those of the leader. */
        DIFFERS,
        /** It had not come to that moment in time. */
        BEHIND,
        /** It did not answer, or could not do it. */
        AWAY
    }
}
