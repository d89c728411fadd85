package holdfast.server.registration;

import com.google.protobuf.ByteString;

import holdfast.model.failure.Failure;
import holdfast.wire.proto.Volume;

import java.util.List;

/**
 * What the directory service told.
 *
 * @param cell the cell's id
 * @param key the cell's key, which seals fencing tokens
 * @param volumes those of this server's group
 * @param mapVersion the map's
 * @param administrators of the cell
 */
public record News(
        String cell,
        ByteString key,
        List<Volume> volumes,
        long mapVersion,
        List<String> administrators) {
    public News {
        volumes = List.copyOf(volumes);
        administrators = List.copyOf(administrators);
    }

    /** Hears the news, one call after the other; should not block for long. */
    public interface Listener {
        /** At first, and whenever something of it has changed. */
        void changed(News news);

        /** The directory service refuses this server; the registrar has given up. */
        void refused(Failure failure);
    }
}
