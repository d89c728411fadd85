/** Identities: what a cell, a volume, a vnode, a client are called. Values only. */
@NullMarked
package holdfast.model.id;

import org.jspecify.annotations.NullMarked;
