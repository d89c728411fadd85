package holdfast.verify.simulation;

import holdfast.verify.simulation.Simulator.Outcome;

import java.io.PrintStream;
import java.util.List;

/** Tries how many seeds it takes to catch each mutation. */
record MutationTable(int seedsMax, List<String> names) {
    private static final int WHY_MAX = 100;

    /** Whether each was caught. */
    boolean print(PrintStream out) {
        out.println("| rule switched off | caught within seeds | by |");
        out.println("| --- | --- | --- |");
        boolean all = true;
        for (Mutation mutation : Mutations.all()) {
            if (names.isEmpty() || names.contains(mutation.name())) {
                all &= row(mutation, out);
            }
        }
        return all;
    }

    private boolean row(Mutation mutation, PrintStream out) {
        Simulator simulator = new Simulator(new Mutants().compile(mutation));
        for (int seed = 0; seed < seedsMax; seed++) {
            Outcome outcome = simulator.run(seed);
            if (outcome.failed()) {
                String why = outcome.wrong().lines().findFirst().orElse("");
                String brief = why.substring(0, Math.min(WHY_MAX, why.length()));
                out.println("| " + mutation.name() + " | " + (seed + 1) + " | " + brief + " |");
                return true;
            }
        }
        out.println("| " + mutation.name() + " | **survives " + seedsMax + "** | |");
        return false;
    }
}
