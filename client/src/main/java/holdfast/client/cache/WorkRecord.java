package holdfast.client.cache;

import holdfast.model.chunk.Manifest;
import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;
import holdfast.model.path.Name;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is written down beside a working copy, so that it can be stored after its writer has died.
 *
 * @param id its name for people; stays the same when another process takes it over
 * @param baseSize bytes of the base
 * @param base the base's pieces; empty when it was inline or new
 * @param mark the modification time, in seconds, that the data has as long as it is like the base
 * @param sinceMillis when it was made, since 1970
 * @param reason why it was kept; empty while its writer works on it
 */
record WorkRecord(
        String id,
        WorkingCopy.About about,
        long baseSize,
        Optional<Manifest> base,
        long mark,
        long sinceMillis,
        Optional<String> reason) {
    private static final int MAGIC = 0x4846_5731; // "HFW1"
    private static final int REASON_MAX = 4_000;

    WorkRecord withPath(CellPath path) {
        WorkingCopy.About moved = new WorkingCopy.About(about.file(), path, about.baseVersion());
        return new WorkRecord(id, moved, baseSize, base, mark, sinceMillis, reason);
    }

    WorkRecord withReason(Optional<String> why) {
        return new WorkRecord(id, about, baseSize, base, mark, sinceMillis, why);
    }

    /**
     * The record after the contents with the modification time {@code newMark} were stored as
     * {@code version}.
     */
    WorkRecord withBase(long version, long size, Optional<Manifest> manifest, long newMark) {
        WorkingCopy.About now = new WorkingCopy.About(about.file(), about.path(), version);
        return new WorkRecord(id, now, size, manifest, newMark, sinceMillis, reason);
    }

    byte[] pack() throws IOException {
        return Packing.pack(MAGIC, this::write);
    }

    private void write(DataOutputStream out) throws IOException {
        out.writeUTF(id);
        out.writeLong(about.file().value());
        out.writeLong(about.baseVersion());
        out.writeShort(about.path().names().size());
        for (Name name : about.path().names()) {
            out.writeByte(name.length());
            out.write(name.bytes());
        }
        out.writeLong(baseSize);
        out.writeBoolean(base.isPresent());
        if (base.isPresent()) {
            Packing.writeManifest(out, base.get());
        }
        out.writeLong(mark);
        out.writeLong(sinceMillis);
        byte[] why = reason.orElse("").getBytes(StandardCharsets.UTF_8);
        out.writeBoolean(reason.isPresent());
        out.writeShort(Math.min(why.length, REASON_MAX));
        out.write(why, 0, Math.min(why.length, REASON_MAX));
    }

    static Optional<WorkRecord> unpack(byte[] bytes) {
        return Packing.unpack(MAGIC, bytes, WorkRecord::read);
    }

    private static WorkRecord read(DataInputStream in) throws IOException {
        String id = in.readUTF();
        FileId file = new FileId(in.readLong());
        long version = in.readLong();
        int count = in.readUnsignedShort();
        List<Name> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(Name.of(in.readNBytes(in.readUnsignedByte())));
        }
        long baseSize = in.readLong();
        Optional<Manifest> base =
                in.readBoolean() ? Optional.of(Packing.readManifest(in)) : Optional.empty();
        long mark = in.readLong();
        long since = in.readLong();
        boolean hasReason = in.readBoolean();
        String why = new String(in.readNBytes(in.readUnsignedShort()), StandardCharsets.UTF_8);
        WorkingCopy.About about = new WorkingCopy.About(file, new CellPath(names), version);
        return new WorkRecord(
                id,
                about,
                baseSize,
                base,
                mark,
                since,
                hasReason ? Optional.of(why) : Optional.empty());
    }
}
