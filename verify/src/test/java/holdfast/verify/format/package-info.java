/** The formatting of the sources, checked on the JDK that compiles them. */
@NullMarked
package holdfast.verify.format;

import org.jspecify.annotations.NullMarked;
