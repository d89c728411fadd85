/**
 * Who was promised what, and the breaking of promises. It owns the promise table, the client leases
 * and the callback channels of a replica group's leader; it promises that a change is answered only
 * when nobody can use the old state any more (rules 1 to 3).
 */
@NullMarked
package holdfast.server.callback;

import org.jspecify.annotations.NullMarked;
