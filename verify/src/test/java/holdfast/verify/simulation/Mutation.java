package holdfast.verify.simulation;

import java.util.List;

/** A rule and the changes of sources that switch it off. */
record Mutation(String name, List<Edit> edits) {
    /** In a source file, the one place with this text gets another. */
    record Edit(String file, String from, String to) {}

    @Override
    public String toString() {
        return name;
    }
}
