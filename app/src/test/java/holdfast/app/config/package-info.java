/** Tests of what users write into configuration files. */
@NullMarked
package holdfast.app.config;

import org.jspecify.annotations.NullMarked;
