/**
 * Runs ordinary blocking code of many machines on one thread, in virtual time, from one seed: the
 * same seed gives the same run. A {@link holdfast.testkit.simulation.World} owns time, threads,
 * chance and the network; {@link holdfast.testkit.simulation.SimulatedLoader} loads the code under
 * test with its calls to the clock, to threads, to chance and to sockets led here.
 */
@NullMarked
package holdfast.testkit.simulation;

import org.jspecify.annotations.NullMarked;
