package holdfast.client.files;

import holdfast.client.cache.CachedFile;
import holdfast.model.chunk.Contents;
import holdfast.model.failure.FailureCode;
import holdfast.model.failure.FailureException;
import holdfast.wire.proto.Attributes;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** A file open for reading: a cached version, which stays as it is until closed. */
final class OpenForReading implements OpenFile {
    private final CachedFile file;
    private final Attributes attributes;
    private final Optional<Contents> contents;

    OpenForReading(CachedFile file, Attributes attributes, Optional<Contents> contents) {
        this.file = file;
        this.attributes = attributes;
        this.contents = contents;
    }

    Attributes attributes() {
        return attributes;
    }

    long size() {
        return attributes.getSize();
    }

    /** What its contents may be borrowed from. */
    Borrowed lends() {
        Optional<? extends Contents> pieces = contents.isPresent() ? contents : file.manifest();
        return Borrowed.of(attributes, pieces);
    }

    /** The contents as pieces, where they are at hand. */
    Optional<Contents> contents() {
        return contents;
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public FileChannel channel() {
        return file.channel();
    }

    @Override
    public void await(long offset, long length) throws CellException {
        Edge.call(() -> {
            file.await(offset, length);
            return file;
        });
    }

    @Override
    public OptionalLong nextData(long position) throws CellException {
        return Edge.call(() -> file.nextData(position));
    }

    @Override
    public long nextHole(long position) throws CellException {
        return Edge.call(() -> file.nextHole(position));
    }

    @Override
    public void extend(long size) throws CellException {
        throw readOnly();
    }

    @Override
    public void zero(long position, long length) throws CellException {
        throw readOnly();
    }

    @Override
    public long copyFrom(OpenFile from, long fromPosition, long position, long length)
            throws CellException {
        throw readOnly();
    }

    private static CellException readOnly() {
        return new CellException(
                FailureException.of(FailureCode.INVALID, "the file is open for reading only"));
    }

    @Override
    public Stat stat() {
        return Stats.of(attributes);
    }

    @Override
    public boolean fromCache() {
        return file.fromCache();
    }

    @Override
    public void change(Cell.Changes changes) throws CellException {
        throw readOnly();
    }

    @Override
    public Cell.Changes pending() {
        return Cell.Changes.NONE;
    }

    @Override
    public boolean changed() {
        return false;
    }

    @Override
    public Stat store() {
        return stat();
    }

    @Override
    public void close() {
        file.close();
    }

    @Override
    public CellException keep(CellException why) {
        file.close();
        return why;
    }

    @Override
    public void discard() {
        file.close();
    }
}
