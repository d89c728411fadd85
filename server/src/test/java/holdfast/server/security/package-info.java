@NullMarked
package holdfast.server.security;

import org.jspecify.annotations.NullMarked;
