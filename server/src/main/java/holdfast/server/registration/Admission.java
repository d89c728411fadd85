package holdfast.server.registration;

import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.model.time.Deadline;
import holdfast.wire.directory.DirectoryMethods;
import holdfast.wire.proto.Caller;
import holdfast.wire.proto.RegisterServer;
import holdfast.wire.proto.RegisterServerReply;
import holdfast.wire.proto.RequestHeader;
import holdfast.wire.transport.Address;
import holdfast.wire.transport.Transport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;

/**
 * A server's word with the directory service about its group, before it is opened with it. Of fresh
 * file servers with the same directories, whoever asks first founds a group; the others are told to
 * join it.
 */
public final class Admission {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
    private static final Duration CALL_TIME = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int WARNED_AFTER = 50;

    private Admission() {}

    /**
     * Registers {@code self}; tries until the directory service answers. Repeating this, also after
     * a crash, gives the same answer.
     *
     * @return names the group to join, when {@code self} is fresh; else it is registered
     * @throws FailureException when it is refused for good, the deadline has passed, or CANCELLED
     */
    public static RegisterServerReply ask(
            Transport transport,
            List<Address> directory,
            Caller caller,
            RegisterServer self,
            Deadline deadline) {
        Directories directories = new Directories(directory);
        RequestHeader header = RequestHeader.newBuilder().setCaller(caller).build();
        for (int attempt = 1; ; attempt++) {
            try {
                return transport
                        .call(
                                directories.at(),
                                DirectoryMethods.REGISTER_SERVER,
                                header,
                                self,
                                deadline.atMost(CALL_TIME))
                        .message();
            } catch (FailureException e) {
                if (Directories.isFinal(e)
                        || e.code() == FailureCode.CANCELLED
                        || deadline.leftNanos() < PAUSE.toNanos()) {
                    throw e;
                }
                if (attempt == WARNED_AFTER) {
                    LOG.warn(
                            "the directory server can't be reached yet; this server keeps trying:"
                                    + " {}",
                            e.getMessage());
                }
                directories.goElsewhere(e);
            }
            rest();
        }
    }

    private static void rest() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FailureException.of(FailureCode.CANCELLED, "the start was cancelled");
        }
    }
}
