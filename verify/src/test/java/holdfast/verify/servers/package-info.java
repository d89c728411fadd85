/** What server processes do when their machine fails them, and under load. */
@NullMarked
package holdfast.verify.servers;

import org.jspecify.annotations.NullMarked;
