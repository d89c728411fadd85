/** Tests of promises: the rules with simulated clients, and the waits with real threads. */
@NullMarked
package holdfast.server.callback;

import org.jspecify.annotations.NullMarked;
