/** Tests of the client's front door. */
@NullMarked
package holdfast.client.files;

import org.jspecify.annotations.NullMarked;
