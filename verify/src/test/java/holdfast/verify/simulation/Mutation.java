package holdfast.verify.simulation;

/**
 * One rule switched off, as a change of the sources.
 *
 * @param file below {@code src/main/java} of some module, or of {@code verify}'s tests
 * @param from text that is there exactly once
 */
record Mutation(String name, String file, String from, String to) {}
