package holdfast.verify.simulation;

import holdfast.verify.simulation.Simulator.Outcome;

import java.util.List;

/**
 * Runs seeds by hand: {@code SEED} (and tells its story), {@code FROM COUNT}, {@code --shrink
 * SEED}, {@code --mutations SEEDS [NAME ...]}.
 */
public final class Simulate {
    private Simulate() {}

    /** See the class. */
    public static void main(String[] arguments) {
        List<String> words = List.of(arguments);
        switch (words.getFirst()) {
            case "--twice" -> System.exit(twice(Long.parseLong(words.get(1))));
            case "--shrink" -> tell(new Simulator().shrunk(Long.parseLong(words.get(1))));
            case "--mutations" -> {
                int seeds = Integer.parseInt(words.get(1));
                List<String> names = words.subList(2, words.size());
                System.exit(new MutationTable(seeds, names).print(System.out) ? 0 : 1);
            }
            default -> {
                long from = Long.parseLong(words.getFirst());
                if (words.size() == 1) {
                    tell(new Simulator().run(from));
                } else {
                    System.exit(many(from, Long.parseLong(words.get(1))));
                }
            }
        }
    }

    private static void tell(Outcome outcome) {
        System.out.println(outcome.story());
        System.out.println(outcome.size() + ", trace " + outcome.trace());
        System.out.println(outcome);
    }

    /** Whether each seed gives the same run each time, also in a JVM that has run others before. */
    private static int twice(long count) {
        Simulator simulator = new Simulator();
        Simulator another = new Simulator();
        int different = 0;
        for (long seed = 0; seed < count; seed++) {
            String first = simulator.run(seed).trace();
            another.run(seed + 1);
            if (!another.run(seed).trace().equals(first)) {
                different++;
                System.out.println("seed " + seed + " gave two different runs");
            }
        }
        return different == 0 ? 0 : 1;
    }

    private static int many(long from, long count) {
        Simulator simulator = new Simulator();
        long begun = System.nanoTime();
        int failed = 0;
        for (long seed = from; seed < from + count; seed++) {
            Outcome outcome = simulator.run(seed);
            if (outcome.failed()) {
                failed++;
                System.out.println(outcome);
            }
        }
        System.out.printf(
                "%d seeds from %d, %d failed, %d ms%n",
                count, from, failed, (System.nanoTime() - begun) / 1_000_000);
        return failed == 0 ? 0 : 1;
    }
}
