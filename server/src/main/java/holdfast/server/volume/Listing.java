package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.volume.Access.Right;
import holdfast.server.volume.VolumeReader.Client;
import holdfast.wire.log.ClientRecord;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Entry;
import holdfast.wire.proto.EntryList;
import holdfast.wire.proto.ListEntries;
import holdfast.wire.proto.Vnode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads lists. A page of a folder is read beside changes: the folder first, then the names, all of
 * one moment, then each vnode. So the page is never older than the folder's change number in it.
 */
final class Listing {
    /** The most entries of a page. */
    static final int PAGE_MAX = 1_000;

    /** A page ends behind the entry that makes it this long: an answer must fit into a frame. */
    static final int PAGE_BYTES = 2 << 20;

    private final Records records;
    private final Permissions caller;

    Listing(Records records, Permissions caller) {
        this.records = records;
        this.caller = caller;
    }

    /** A name and what it names. */
    private record Named(ByteString name, long file) {}

    EntryList page(ListEntries list) {
        if (list.getLimit() < 1 || list.getLimit() > PAGE_MAX) {
            throw Refusal.of(FailureCode.LIMIT, "a page has 1 to " + PAGE_MAX + " entries");
        }
        VnodeRecord folder = records.folder(list.getFolder());
        caller.require(folder.getAttributes(), Right.READ);
        boolean searched = caller.may(folder.getAttributes(), Right.EXECUTE);
        List<Named> names = names(list);
        EntryList.Builder page = EntryList.newBuilder()
                .setFolder(Vnode.newBuilder().setAttributes(folder.getAttributes()));
        int seen = 0;
        int bytes = 0;
        while (seen < Math.min(names.size(), list.getLimit()) && bytes < PAGE_BYTES) {
            Named named = names.get(seen++);
            Optional<Entry> entry = records.vnode(named.file())
                    .map(record -> entry(named.name(), record.getAttributes(), searched));
            entry.ifPresent(page::addEntries);
            bytes += entry.map(Entry::getSerializedSize).orElse(0);
        }
        return page.setMore(seen < names.size()).build();
    }

    /** One name more than asked for, where there are that many. */
    private List<Named> names(ListEntries list) {
        List<Named> names = new ArrayList<>();
        ByteString prefix = Keys.entries(list.getFolder());
        ByteString from = Keys.entry(list.getFolder(), list.getAfter());
        records.rows().scan(prefix, from, (key, value) -> {
            if (!key.equals(from)) {
                names.add(new Named(key.substring(prefix.size()), Keys.number(value, 0)));
            }
            return names.size() <= list.getLimit();
        });
        return names;
    }

    private static Entry entry(ByteString name, Attributes attributes, boolean searched) {
        Attributes shown = searched
                ? attributes
                : Attributes.newBuilder()
                        .setFile(attributes.getFile())
                        .setType(attributes.getType())
                        .build();
        return Entry.newBuilder()
                .setName(name)
                .setVnode(Vnode.newBuilder().setAttributes(shown))
                .build();
    }

    List<Client> clients() {
        List<Client> clients = new ArrayList<>();
        records.rows().scan(Keys.CLIENTS, Keys.CLIENTS, (key, value) -> {
            ClientRecord record = Records.parse(ClientRecord.parser(), value);
            long id = Keys.number(key, Keys.CLIENTS.size());
            clients.add(new Client(id, record.getCaller(), record.getSince()));
            return true;
        });
        return clients;
    }
}
