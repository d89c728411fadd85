package holdfast.verify.simulation;

import holdfast.client.files.Inside;
import holdfast.client.files.OpenFile;
import holdfast.client.session.HeldLock;
import holdfast.model.lock.FencingToken;
import holdfast.wire.proto.Token;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Checks at every grant that nobody else believes to hold the same file's lock (rule 4). */
final class Exclusion {
    private Exclusion() {}

    static void opened(History history, ClientNode by, OpenFile file, List<ClientNode> clients) {
        for (ClientNode other : clients) {
            for (Map.Entry<OpenFile, Long> open : other.openForWriting().entrySet()) {
                if (!other.equals(by)
                        && open.getKey().stat().file().equals(file.stat().file())
                        && believes(other, open.getKey())) {
                    history.wrong("clients " + by.number() + " and " + other.number()
                            + " hold the lock of " + file.stat().file() + " together");
                }
            }
        }
    }

    /** The token of the lock under which it is open. */
    static FencingToken token(OpenFile file) {
        Token token = ((HeldLock) Inside.field(file, "lock")).token();
        return new FencingToken(token.getEpoch(), token.getNumber());
    }

    /** Whether a client would say, by its own clock, that it holds the lock. */
    private static boolean believes(ClientNode client, OpenFile file) {
        HeldLock lock = (HeldLock) Inside.field(file, "lock");
        return client.process()
                .map(process -> process.asked(
                        () -> lock.lost().isEmpty() && !givenBack(lock) && alive(lock)))
                .orElse(false);
    }

    /** A close that failed has given it back, before its caller knows. */
    private static boolean givenBack(HeldLock lock) {
        return ((AtomicInteger) Inside.field(lock, "users")).get() == 0;
    }

    private static boolean alive(HeldLock lock) {
        try {
            Object session = Inside.field(lock, "session");
            Method alive = session.getClass().getDeclaredMethod("alive");
            alive.setAccessible(true);
            return (boolean) alive.invoke(session);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
