/**
 * Configuration: the files users write, where they are found, and what is said when they are wrong.
 * Values only; it connects to nothing.
 */
@NullMarked
package holdfast.app.config;

import org.jspecify.annotations.NullMarked;
