/**
 * The pure rules of locks: which modes go together, how fencing tokens compare and how they are
 * sealed.
 */
@NullMarked
package holdfast.model.lock;

import org.jspecify.annotations.NullMarked;
