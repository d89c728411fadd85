package holdfast.model.lock;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals fencing tokens with the cell's key, so that a client can show a grant to a file server but
 * not make one (rule 4a). HMAC-SHA-256 over file, session, mode, epoch and number. Safe for use by
 * many threads.
 */
public final class TokenSeal {
    /** Bytes of the cell's key. */
    public static final int KEY_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    /** Seals with {@code key}, of {@link #KEY_BYTES} bytes. */
    public TokenSeal(byte[] key) {
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException("a cell's key has 32 bytes, this one " + key.length);
        }
        this.key = new SecretKeySpec(key, ALGORITHM);
    }

    /** The seal of these fields. */
    public byte[] seal(long file, long session, Mode mode, FencingToken token) {
        ByteBuffer fields = ByteBuffer.allocate(4 * Long.BYTES + 1)
                .putLong(file)
                .putLong(session)
                .put((byte) mode.code())
                .putLong(token.epoch())
                .putLong(token.number());
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(fields.array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /**
     * Whether {@code seal} is the seal of these fields; takes the same time for every wrong seal.
     */
    public boolean matches(byte[] seal, long file, long session, Mode mode, FencingToken token) {
        return MessageDigest.isEqual(seal, seal(file, session, mode, token));
    }
}
