/** What a test needs of the machine that it runs on. Nothing is skipped in silence. */
@NullMarked
package holdfast.testkit.environment;

import org.jspecify.annotations.NullMarked;
