package holdfast.server.chunk;

import holdfast.wire.transport.Address;

import java.util.List;

/** The members of a file server's replica group, as it knows them. */
public interface Peers {
    /** Nobody else. */
    Peers NONE = new Peers() {
        @Override
        public String self() {
            return "";
        }

        @Override
        public List<Peer> others() {
            return List.of();
        }
    };

    /**
     * Another member.
     *
     * @param id by which alone it lets itself be called
     */
    record Peer(String id, Address address) {}

    /** This member's id. */
    String self();

    /** All others; during a change of members, those before and after it. */
    List<Peer> others();
}
