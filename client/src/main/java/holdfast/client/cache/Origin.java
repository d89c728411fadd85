package holdfast.client.cache;

import holdfast.model.id.FileId;
import holdfast.model.path.CellPath;

/**
 * Where contents were seen last. Only for people: nothing is decided by it.
 *
 * @param path under which the file was opened
 */
public record Origin(CellPath path, FileId file, long dataVersion) {}
