/**
 * Who is calling. It decides whether the identity that a request carries can be taken; the proof of
 * it will be checked here. It knows who administers the cell; what any other caller may do is
 * decided where the thing is ({@code server.volume}).
 */
@NullMarked
package holdfast.server.security;

import org.jspecify.annotations.NullMarked;
