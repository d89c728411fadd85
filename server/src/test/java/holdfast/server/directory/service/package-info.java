/** What {@code server.directory.service} promises, forced. */
@NullMarked
package holdfast.server.directory.service;

import org.jspecify.annotations.NullMarked;
