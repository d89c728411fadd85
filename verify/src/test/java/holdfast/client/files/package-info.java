/** What a client believes, for those who check it from outside. */
@NullMarked
package holdfast.client.files;

import org.jspecify.annotations.NullMarked;
