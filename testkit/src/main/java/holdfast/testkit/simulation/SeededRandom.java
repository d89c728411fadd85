package holdfast.testkit.simulation;

import java.security.SecureRandom;
import java.util.Random;

/** What simulated code gets for a {@link SecureRandom}: the world's chance. */
public final class SeededRandom extends SecureRandom {
    private static final long serialVersionUID = 1;

    private final transient Random random = World.process().host().world().random();

    @Override
    public void nextBytes(byte[] bytes) {
        random.nextBytes(bytes);
    }

    @Override
    public long nextLong() {
        return random.nextLong();
    }

    @Override
    public int nextInt() {
        return random.nextInt();
    }

    @Override
    public int nextInt(int bound) {
        return random.nextInt(bound);
    }
}
