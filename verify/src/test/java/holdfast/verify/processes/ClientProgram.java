package holdfast.verify.processes;

import holdfast.client.files.Cell;
import holdfast.client.files.CellException;
import holdfast.client.files.CellOptions;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the tests' client programs are started: with a cell and a cache first, then arguments of
 * their own.
 *
 * @param directory the addresses of the cell's directory servers, with commas between them
 * @param cache the cache folder
 * @param arguments all others
 */
public record ClientProgram(String directory, Path cache, List<String> arguments) {
    public ClientProgram {
        arguments = List.copyOf(arguments);
    }

    /** What main was given. */
    public static ClientProgram of(String[] words) {
        return new ClientProgram(
                words[0], Path.of(words[1]), List.of(words).subList(2, words.length));
    }

    /** The words for main. */
    public List<String> words() {
        List<String> words = new ArrayList<>(List.of(directory, cache.toString()));
        words.addAll(arguments);
        return words;
    }

    public Cell connect() throws CellException {
        return Cell.connect(options());
    }

    /** How it connects. */
    public CellOptions options() {
        CellOptions one = CellOptions.at(directory).withCache(cache);
        return new CellOptions(
                List.of(directory.split(",")),
                one.lockingServers(),
                one.cacheFolder(),
                one.cacheBytes(),
                one.user(),
                one.groups(),
                one.timeout(),
                one.oneShot());
    }

    public String text(int index) {
        return arguments.get(index);
    }

    public int number(int index) {
        return Integer.parseInt(text(index));
    }
}
