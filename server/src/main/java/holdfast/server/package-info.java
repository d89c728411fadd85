/** The three server roles. Each package below owns one of their concerns. */
@NullMarked
package holdfast.server;

import org.jspecify.annotations.NullMarked;
