/** Inner loops, measured by JMH: {@code verify/inner-loops}. Nothing here is a test. */
@NullMarked
package holdfast.verify.benchmarks;

import org.jspecify.annotations.NullMarked;
