/** The cell as a Linux file system, for programs that know nothing of it. */
@NullMarked
package holdfast.mount;

import org.jspecify.annotations.NullMarked;
