/** The cache manager behind one small Java API. */
@NullMarked
package holdfast.client;

import org.jspecify.annotations.NullMarked;
