/** Tests of the file service over the wire, with clients and a log that wait where a test says. */
@NullMarked
package holdfast.server.files;

import org.jspecify.annotations.NullMarked;
