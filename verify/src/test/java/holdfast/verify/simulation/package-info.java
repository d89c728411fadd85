/**
 * Whole cells in a simulated world: the production services and clients over a model of the
 * replicated log, programs generated from a seed, and what must hold of their histories.
 */
@NullMarked
package holdfast.verify.simulation;

import org.jspecify.annotations.NullMarked;
