package holdfast.verify.simulation;

import holdfast.verify.simulation.Simulator.Outcome;

import java.io.PrintStream;
import java.util.List;

/** Tries how many seeds it takes to catch each mutation. */
record MutationTable(int seedsMax, List<String> names) {
    private static final int WHY_MAX = 100;

    void print(PrintStream out) {
        out.println("| rule switched off | caught within seeds | by |");
        out.println("| --- | --- | --- |");
        Mutations.all().stream()
                .filter(mutation -> names.isEmpty() || names.contains(mutation.name()))
                .forEach(mutation -> out.println(row(mutation)));
    }

    private String row(Mutation mutation) {
        Simulator simulator = new Simulator(new Mutants().compile(mutation));
        for (int seed = 0; seed < seedsMax; seed++) {
            Outcome outcome = simulator.run(seed);
            if (outcome.failed()) {
                String why = outcome.wrong().lines().findFirst().orElse("");
                String brief = why.substring(0, Math.min(WHY_MAX, why.length()));
                return "| " + mutation.name() + " | " + (seed + 1) + " | " + brief + " |";
            }
        }
        return "| " + mutation.name() + " | **survives " + seedsMax + "** | |";
    }
}
