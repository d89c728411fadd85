package holdfast.verify.mount;

import static org.assertj.core.api.Assertions.assertThat;

import holdfast.verify.processes.LocalProcess;
import holdfast.verify.processes.MountedCell;
import holdfast.verify.processes.MountedCell.Mount;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What users of other distributed file systems saw go wrong while nothing failed, done by programs
 * on two mounts of a cell; {@code -Dholdfast.mount.cases=true} does each for long. What is done
 * while something fails is in {@link CasesOfFailuresTest}, what is long by nature (23, 24) in
 * {@link LongCasesTest}.
 *
 * <p>Of the cases, that a writer waits for the other mount's (11) is shown by
 * {@link TwoMountsTest}, and damage on the way (4) and stores without the lock (12) below any
 * mount, by {@code DamagedWayTest} and {@code RefusedWritersTest}.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS, threadMode = ThreadMode.SEPARATE_THREAD)
final class CasesTest {
    static final boolean LONG = Boolean.getBoolean("holdfast.mount.cases");
    private static final Duration PATIENCE = LONG ? Duration.ofHours(1) : Duration.ofMinutes(1);
    private static final int ROUNDS = LONG ? 1_000 : 12;
    private static final int LINES = LONG ? 100 : 4;
    private static final int ENTRIES = LONG ? 100_000 : 200;
    private static final int LARGE_MIB =
            Integer.getInteger("holdfast.mount.cases.file.mib", LONG ? 6_144 : 12);
    private static final Map<String, String> SMALL_HEAP = Map.of("HOLDFAST_JAVA_OPTS", "-Xmx64m");
    private static final String NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups ";

    @TempDir
    static Path folder;

    private static MountedCell cell;
    private static Mount one;
    private static Mount two;

    @BeforeAll
    static void mountTwice() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        cell = MountedCell.start(folder);
        one = cell.mount("one");
        two = cell.mount("two", SMALL_HEAP);
    }

    @AfterAll
    static void end() {
        cell.close();
    }

    /** Lines of shell, in which mounts are {@code one} and {@code two}; what they print. */
    private static String done(String lines) {
        LocalProcess shell = LocalProcess.program(folder, "bash", "-ec", lines);
        assertThat(shell.awaitEnd(PATIENCE)).as(shell.out() + shell.err()).isZero();
        assertThat(shell.err()).isEmpty();
        return shell.out();
    }

    /** The same, which must fail; what they say then. */
    private static String refused(String lines) {
        LocalProcess shell = LocalProcess.program(folder, "bash", "-ec", lines);
        assertThat(shell.awaitEnd(PATIENCE)).as(lines).isNotZero();
        return shell.err();
    }

    /** Case 3. */
    @Test
    void aFileOfAnotherUserIsRefusedAtOpenAndKeepsItsContents() {
        done("umask 022; mkdir one/owned; echo before > one/owned/file");
        for (Mount mount : List.of(one, two)) {
            String file = mount.at().resolve("owned/file").toString();
            assertThat(done(NOBODY + "cat " + file)).isEqualTo("before\n");
            for (String change : List.of(
                    "sh -c 'echo changed > " + file + "'",
                    "sh -c 'echo changed >> " + file + "'",
                    "truncate --size=0 " + file,
                    "python3 -c \"import os; os.truncate('" + file + "', 0)\"",
                    "cp /etc/passwd " + file,
                    "mv " + file + " /tmp",
                    "rm -f " + file)) {
                assertThat(refused(NOBODY + change)).as(change).contains("ermission denied");
            }
        }
        assertThat(done("cat one/owned/file two/owned/file")).isEqualTo("before\nbefore\n");
        assertThat(cell.done("cat", "/owned/file")).isEqualTo("before\n");
    }

    /** Case 21; and case 3 of names. */
    @Test
    void directoriesHaveTheModeAskedForAndKeepTheirNamesFromOthers() {
        done("""
            umask 0; mkdir one/open; mkdir -m 0755 one/closed; echo mine > one/closed/file
            chmod 0666 one/closed/file
            """);
        assertThat(done("stat -c %a one/open two/open two/closed")).isEqualTo("777\n777\n755\n");
        assertThat(refused(NOBODY + "rm -f two/closed/file")).contains("Permission denied");
        done(NOBODY + "touch two/open/theirs");
        assertThat(done("cat two/closed/file; ls one/open")).isEqualTo("mine\ntheirs\n");
    }

    /** Cases 6 and 20. */
    @Test
    void whatSeveralAppendIsAllThere() {
        assertThat(done("echo a > one/parts; echo b >> two/parts; cat one/parts"))
                .isEqualTo("a\nb\n");
        assertThat(done("echo a > one/both; echo b >> one/both; cat one/both two/both"))
                .isEqualTo("a\nb\na\nb\n");
        done("""
            for writer in 1 2 3 4 5 6; do
                mount=$((writer %% 2)); mount=${mount/0/one}; mount=${mount/1/two}
                for line in $(seq %d); do echo $writer $line >> $mount/lines; done &
            done; wait
            """.formatted(LINES));
        assertThat(done("sort one/lines | uniq | wc -l; wc -l < two/lines"))
                .isEqualTo("%1$d\n%1$d\n".formatted(6 * LINES));
    }

    /** Case 7. */
    @Test
    void aSmallFileIsReadAsItWasJustWritten() {
        done("""
            for round in $(seq %d); do
                echo $round > one/small; read here < one/small; read there < two/small
                [ "$round $round" = "$here $there" ]
            done
            """.formatted(ROUNDS));
    }

    /** Case 13. */
    @Test
    void aRenamedFileIsAtOnceUnderItsNewName() {
        done("""
            echo contents > one/name-0
            for round in $(seq %d); do
                old=name-$((round - 1)); new=name-$round
                mv one/$old one/$new
                [ "$(cat one/$new two/$new)" = "$(printf 'contents\\ncontents')" ]
                [ ! -e one/$old ]; [ ! -e two/$old ]
            done
            """.formatted(ROUNDS));
    }

    /** Case 14. */
    @Test
    void whoReadsAFileThatRenamesReplaceSeesItWhole() {
        done("""
            write() { yes $1 | head -n 2000 > one/replaced.new; }
            write 0; mv one/replaced.new one/replaced
            for mount in one two; do
                until [ -e stop-reading ]; do
                    [ "$(uniq -c $mount/replaced | wc -l) $(wc -l < $mount/replaced)" = "1 2000" ]
                done &
                readers="$readers $!"
            done
            for round in $(seq %d); do write $round; mv one/replaced.new one/replaced; done
            touch stop-reading
            for reader in $readers; do wait $reader; done
            """.formatted(1 + ROUNDS / 4));
    }

    /** Cases 15 and 16. */
    @Test
    void namesAreBytesUpTo255() {
        done("""
            mkdir one/names; cd one/names
            echo decomposed > "$(printf '\\343\\202\\267\\343\\202\\231')"
            echo composed > "$(printf '\\343\\202\\270')"
            echo long > "$(printf '%0255d' 0)"
            """);
        assertThat(done("""
            cd two/names; export LC_ALL=C; ls | wc -l
            cat "$(printf '\\343\\202\\267\\343\\202\\231')" "$(printf '\\343\\202\\270')" 0*
            for name in *; do printf "$name" | wc -c; done
            """)).isEqualTo("3\ndecomposed\ncomposed\nlong\n255\n6\n3\n");
        for (String how : List.of("touch", "mkdir", "mv one/names/0*", "ln -s x", "stat")) {
            assertThat(refused(how + " two/names/$(printf '%0256d' 0)"))
                    .contains("File name too long");
        }
    }

    /** Case 18. */
    @Test
    void anEmptyFileIsStoredAndReplacesAFullOne() {
        assertThat(done("""
            : > one/empty; stat -c %s two/empty; echo full > one/empty; cat two/empty
            : > two/empty; stat -c %s one/empty two/empty
            echo full > one/empty; cp /dev/null two/empty; wc -c < one/empty
            """)).isEqualTo("0\nfull\n0\n0\n0\n");
    }

    /**
     * Case 2 of a shell, which empties the file, and then has the program write to a copy of the
     * descriptor: had the program no room, the file would be left empty.
     */
    @Test
    void othersSeeTheOldVersionUntilTheProgramForWhichAShellEmptiedAFileHasWritten() {
        assertThat(done("""
            echo old > one/output
            { cat two/output; echo new; } > one/output
            cat one/output two/output; : > one/output; cat two/output
            """)).isEqualTo("old\nnew\nold\nnew\n");
        assertThat(cell.done("stat", "--json", "/output")).contains("\"dataVersion\":4,");
    }

    /** A part of case 19. */
    @Test
    void aFileMadeLongerIsFullOfZeros() {
        assertThat(done("""
            printf abc > one/longer; truncate --size=5000003 one/longer
            stat -c %s two/longer; head -c 3 two/longer
            tail -c +4 two/longer | cmp - <(head -c 5000000 /dev/zero)
            """)).isEqualTo("5000003\nabc");
    }

    /** The other part of case 19. */
    @Test
    void aLargeFileGoesThereAndComesBack() {
        done("""
            head -c %dM /dev/urandom > large; cp large one/large
            cmp large two/large; rm one/large large
            """.formatted(LARGE_MIB));
    }

    /** Case 22. */
    @Test
    void linksAreCountedAndALinkToItselfIsALoop() {
        assertThat(done("""
            echo x > one/a; ln one/a one/b; mv two/b two/c; stat -c %h one/a two/a two/c
            rm one/c; stat -c %h one/a two/a; ln -s loop one/loop
            """)).isEqualTo("2\n2\n2\n1\n1\n");
        for (String how : List.of("cat one/loop", "cat two/loop", "echo > two/loop")) {
            assertThat(refused(how)).contains("Too many levels of symbolic links");
        }
        done("rm two/loop; [ ! -L one/loop ]");
    }

    /** Case 17; the second mount has a small heap. */
    @Test
    void aLargeDirectoryIsListedWholeWhileEntriesComeAndGo() {
        assertThat(done("""
            mkdir one/many; cat > list.py <<'END'
            import os, sys, threading
            entries = %d
            expected = ['stays-%%06d' %% i for i in range(entries)]
            def make(first):
                for name in expected[first::32]: os.close(os.open('one/many/' + name, os.O_CREAT))
            makers = [threading.Thread(target=make, args=(i,)) for i in range(32)]
            for maker in makers: maker.start()
            for maker in makers: maker.join()
            def come_and_go():
                i = 0
                while not over.is_set():
                    i = (i + 9973) %% entries
                    names = ['one/many/%%s-%%06d' %% (k, i) for k in ('a', 'stays-not', 'z')]
                    for name in names: os.close(os.open(name, os.O_CREAT))
                    for name in names: os.unlink(name)
            def listed():
                names = os.listdir('two/many')
                assert len(names) == len(set(names)), 'twice'
                assert sorted(n for n in names if n.startswith('stays-0')) == expected, 'lacking'
                return len(names)
            assert listed() == entries
            over = threading.Event(); changes = threading.Thread(target=come_and_go)
            changes.start()
            try:
                for i in range(5): listed()
            finally:
                over.set()
            changes.join()
            assert listed() == entries
            print('whole')
            END
            python3 list.py
            """.formatted(ENTRIES))).isEqualTo("whole\n");
    }
}
