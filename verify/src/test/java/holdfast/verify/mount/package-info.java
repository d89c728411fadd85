/** A mounted cell at work: programs of the system on it, and several mounts beside each other. */
@NullMarked
package holdfast.verify.mount;

import org.jspecify.annotations.NullMarked;
