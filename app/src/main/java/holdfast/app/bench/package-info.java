/**
 * The benchmarks of {@code holdfast bench}: the public API against the same work on the plain local
 * disk, by turns in one run. Here time is measured, nothing is tested.
 */
@NullMarked
package holdfast.app.bench;

import org.jspecify.annotations.NullMarked;
