/**
 * The front door of a cell for Java programs, the command line, the mount and the gateways: connect
 * with {@link holdfast.client.files.Cell#connect}, then open, read, write and close files as
 * ordinary local files.
 *
 * <p>Start with {@link holdfast.client.files.Cell} and {@link holdfast.client.files.OpenFile}.
 */
@NullMarked
package holdfast.client.files;

import org.jspecify.annotations.NullMarked;
