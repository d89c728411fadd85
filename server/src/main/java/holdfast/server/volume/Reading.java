package holdfast.server.volume;

import com.google.protobuf.ByteString;

import holdfast.model.failure.FailureCode;
import holdfast.model.id.FileId;
import holdfast.wire.log.ContentsForm;
import holdfast.wire.log.ReplacedRecord;
import holdfast.wire.log.VnodeRecord;
import holdfast.wire.proto.Attributes;
import holdfast.wire.proto.Contents;
import holdfast.wire.proto.FileType;
import holdfast.wire.proto.Manifest;

/** Reads contents: the current version's, or those of a replaced one that is still kept. */
final class Reading {
    private final Records records;

    Reading(Records records) {
        this.records = records;
    }

    /** The contents of the file's current version. */
    Contents current(VnodeRecord file) {
        Attributes attributes = file.getAttributes();
        return contents(attributes.getFile(), attributes.getDataVersion(), file.getForm());
    }

    /** The contents of one version; STALE when it is not kept any more. */
    Contents version(VnodeRecord file, long version) {
        Attributes attributes = file.getAttributes();
        if (attributes.getType() != FileType.FILE) {
            throw Refusal.of(FailureCode.INVALID, "it is no file");
        }
        if (attributes.getLinks() > 0 && attributes.getDataVersion() == version) {
            return current(file);
        }
        long id = attributes.getFile();
        ReplacedRecord replaced = records.replaced(id, version).orElseThrow(() -> {
            return Refusal.of(
                    FailureCode.STALE,
                    "version " + version + " of " + new FileId(id) + " is not kept any more");
        });
        return contents(id, version, replaced.getForm());
    }

    private Contents contents(long file, long version, ContentsForm form) {
        return switch (form) {
            case INLINE ->
                Contents.newBuilder().setInline(row(Keys.inline(file, version))).build();
            case CHUNKED ->
                Contents.newBuilder()
                        .setManifest(
                                Records.parse(Manifest.parser(), row(Keys.manifest(file, version))))
                        .build();
            case EMPTY, UNRECOGNIZED ->
                Contents.newBuilder().setInline(ByteString.EMPTY).build();
        };
    }

    private ByteString row(ByteString key) {
        return records.rows().get(key).orElseThrow(() -> {
            return new IllegalStateException("contents are missing in the namespace table");
        });
    }
}
