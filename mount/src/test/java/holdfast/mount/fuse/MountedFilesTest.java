package holdfast.mount.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Programs and the Java library find a mount of {@link MemoryFiles} to be a file system. */
class MountedFilesTest {
    @TempDir
    Path folder;

    private final MemoryFiles files = new MemoryFiles();
    private Mounted mounted;
    private Programs programs;

    @BeforeEach
    void mount() throws IOException {
        Set<Feature> features = EnumSet.copyOf(Feature.usual());
        features.addAll(Set.of(Feature.FLOCK, Feature.POSIX_LOCKS));
        MountOptions options = Mounted.options()
                .wanting(features)
                .with(EnumSet.allOf(MountOptions.Flag.class).stream()
                        .filter(flag -> flag != MountOptions.Flag.READ_ONLY
                                && flag != MountOptions.Flag.NO_EXEC)
                        .collect(Collectors.toSet()));
        mounted = Mounted.at(folder.resolve("mnt"), files, options);
        programs = mounted.programs();
    }

    @AfterEach
    void unmount() throws IOException {
        mounted.close();
    }

    private Path path(String name) {
        return mounted.path(name);
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Files.writeString(path("letter"), "Dear cell,\n");
        assertThat(Files.readString(path("letter"))).isEqualTo("Dear cell,\n");
        assertThat(programs.run("cat", "letter")).isEqualTo("Dear cell,\n");
    }

    @Test
    void largeFilesPassWhole() throws IOException {
        byte[] bytes = new byte[(5 << 20) + 123];
        new Random(7).nextBytes(bytes);
        Path original = Files.write(folder.resolve("original"), bytes);
        programs.run("cp", original.toString(), "copy");
        programs.run("cmp", original.toString(), "copy");
        programs.run("dd", "if=copy", "of=again", "bs=777k", "status=none");
        assertThat(Files.mismatch(original, path("again"))).isEqualTo(-1);
    }

    @Test
    void bytesAreWrittenAndReadAnywhere() throws IOException {
        byte[] expected = new byte[300_000];
        Random random = new Random(11);
        try (FileChannel channel = FileChannel.open(
                path("anywhere"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            for (int i = 0; i < 100; i++) {
                byte[] piece = new byte[1 + random.nextInt(9000)];
                random.nextBytes(piece);
                int at = random.nextInt(expected.length - piece.length);
                System.arraycopy(piece, 0, expected, at, piece.length);
                channel.write(ByteBuffer.wrap(piece), at);
            }
            channel.truncate(200_000);
            ByteBuffer read = ByteBuffer.allocate(expected.length);
            while (channel.read(read, read.position()) > 0) {}
            assertThat(read.position()).isEqualTo((int) channel.size());
            assertThat(read.flip().mismatch(ByteBuffer.wrap(expected))).isEqualTo(read.limit());
        }
    }

    @Test
    void appendedBytesGoToTheEnd() {
        programs.shell("echo one > log; echo two >> log; echo three >> log");
        assertThat(programs.run("cat", "log")).isEqualTo("one\ntwo\nthree\n");
    }

    @Test
    void aFileIsTruncatedAndGrowsWithZeros() throws IOException {
        programs.shell("printf 0123456789 > t; truncate -s 4 t; truncate -s 6 t");
        assertThat(Files.readAllBytes(path("t"))).containsExactly('0', '1', '2', '3', 0, 0);
        programs.shell("echo short > t");
        assertThat(programs.run("cat", "t")).isEqualTo("short\n");
    }

    @Test
    void aNameIsMadeExclusively() throws IOException {
        Files.createFile(path("one"));
        assertThatThrownBy(() -> Files.createFile(path("one")))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void directoriesNestAndMustBeEmptyToGo() throws IOException {
        Files.createDirectories(path("a/b/c"));
        assertThatThrownBy(() -> Files.delete(path("a/b")))
                .isInstanceOf(DirectoryNotEmptyException.class);
        assertThat(programs.run("stat", "-c", "%h", "a")).isEqualTo("3\n");
        programs.run("rm", "-r", "a");
        assertThatThrownBy(() -> Files.size(path("a"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void longListingsAreWhole() throws IOException {
        List<String> names = IntStream.range(0, 3000)
                .mapToObj(i -> "a-name-of-some-length-" + (10_000 + i))
                .toList();
        programs.shell(
                "mkdir many; cd many; touch $(seq -f a-name-of-some-length-%.0f 10000 12999)");
        try (Stream<Path> listed = Files.list(path("many"))) {
            assertThat(listed.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(names);
        }
        assertThat(programs.run("ls", "many").lines()).containsExactlyElementsOf(names);
        assertThat(programs.run("ls", "-la", "many").lines()).hasSize(names.size() + 3);
    }

    private long id(String name) {
        return Long.parseLong(programs.run("stat", "-c", "%i", name).strip());
    }

    @Test
    void aRenameReplacesOrKeepsOrExchanges() throws IOException {
        programs.shell("echo 1 > one; echo 2 > two; mv one two; test ! -e one");
        assertThat(programs.run("cat", "two")).isEqualTo("2\n".replace('2', '1'));
        programs.shell("echo 3 > three; mv -n three two");
        assertThat(Files.readString(path("three"))).isEqualTo("3\n");
        rename("two", "three", 2);
        assertThat(Files.readString(path("two"))).isEqualTo("3\n");
        assertThat(Files.readString(path("three"))).isEqualTo("1\n");
        assertThatThrownBy(() -> rename("two", "three", 1)).hasMessageContaining("File exists");
        Files.createDirectory(path("d"));
        Files.move(path("two"), path("d/two"), StandardCopyOption.ATOMIC_MOVE);
        assertThat(Files.readString(path("d/two"))).isEqualTo("3\n");
    }

    private void rename(String from, String to, int flags) {
        int call = System.getProperty("os.arch").equals("aarch64") ? 276 : 316;
        programs.run(
                "perl",
                "-e",
                "my ($a, $b) = ('%2$s', '%3$s'); 0 == syscall(%1$d, -100, $a, -100, $b, %4$d) or die $!"
                        .formatted(call, from, to, flags));
    }

    @Test
    void linksLeadToOneFile() throws IOException {
        programs.shell("echo x > file; ln file hard; ln -s file soft; echo y >> hard");
        assertThat(Files.readString(path("soft"))).isEqualTo("x\ny\n");
        assertThat(programs.run("readlink", "soft")).isEqualTo("file\n");
        assertThat(programs.run("stat", "-c", "%h", "file")).isEqualTo("2\n");
        Files.delete(path("file"));
        assertThat(Files.readString(path("hard"))).isEqualTo("x\ny\n");
        assertThatThrownBy(() -> Files.readString(path("soft")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void anOpenFileOutlivesItsName() throws IOException {
        Files.writeString(path("gone"), "still here");
        long id = id("gone");
        try (RandomAccessFile open = new RandomAccessFile(path("gone").toFile(), "r")) {
            Files.delete(path("gone"));
            byte[] read = new byte[10];
            open.readFully(read);
            assertThat(read).asString().isEqualTo("still here");
            assertThat(files.knows(id)).isTrue();
        }
        await("the kernel to forget it").until(() -> !files.knows(id));
    }

    @Test
    void attributesChangeOneByOne() throws IOException {
        Path file = Files.createFile(path("f"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-x--x"));
        programs.run("chown", "12:34", "f");
        Instant time = Instant.parse("2001-02-03T04:05:06.123456789Z");
        Files.setLastModifiedTime(file, FileTime.from(time));
        assertThat(programs.run("stat", "-c", "%a %u %g %F", "f"))
                .isEqualTo("651 12 34 regular empty file\n");
        assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(time);
        programs.run("touch", "-d", "1960-01-01 00:00:00.5 UTC", "f");
        assertThat(programs.run("stat", "-c", "%.1Y", "f")).isEqualTo("-315619199.5\n");
        programs.run("touch", "f");
        assertThat(Files.getLastModifiedTime(file).toInstant())
                .isAfter(Instant.now().minusSeconds(60));
        assertThat(programs.run("stat", "-c", "%W", "f").strip()).isNotEqualTo("0");
    }

    @Test
    void theKernelChecksPermissions() throws IOException {
        Files.writeString(path("secret"), "s");
        Files.setPosixFilePermissions(path("secret"), Set.of());
        assertThat(programs.ended("setpriv", "--reuid=65534", "--clear-groups", "cat", "secret"))
                .satisfies(ended -> assertThat(ended.said()).contains("Permission denied"));
        programs.shell("mkdir open; chmod 1777 open");
        programs.run(
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "touch", "open/o");
        assertThat(programs.run("stat", "-c", "%u %g", "open/o")).isEqualTo("65534 65534\n");
    }

    @Test
    void specialFilesAreNames() {
        programs.shell("mkfifo pipe; mknod null c 1 3; mknod big b 300 70000");
        assertThat(programs.run("stat", "-c", "%F %t %T", "pipe", "null", "big"))
                .isEqualTo("fifo 0 0\ncharacter special file 1 3\nblock special file 12c 11170\n");
        programs.shell("echo gone > null; echo through > pipe & cat pipe");
    }

    @Test
    void extendedAttributesAreKept() {
        programs.run("touch", "x");
        programs.run("setfattr", "-n", "user.colour", "-v", "blue", "x");
        String large = "v".repeat(20_000);
        programs.run("setfattr", "-n", "user.large", "-v", large, "x");
        assertThat(programs.run("getfattr", "--only-values", "-n", "user.colour", "x"))
                .isEqualTo("blue");
        assertThat(programs.run("getfattr", "--only-values", "-n", "user.large", "x"))
                .isEqualTo(large);
        programs.run("setfattr", "-x", "user.large", "x");
        assertThat(programs.run("getfattr", "x")).isEqualTo("# file: x\nuser.colour\n\n");
        assertThat(programs.ended("getfattr", "-n", "user.none", "x").said())
                .contains("No such attribute");
    }

    @Test
    void spaceIsToldAndTakenAndGivenBack() throws IOException {
        assertThat(programs.run("stat", "-f", "-c", "%S %b %f %a %c %d %l", "."))
                .isEqualTo("4096 1000 900 800 500 400 255\n");
        programs.shell("printf 0123456789 > f; fallocate -l 20 f; fallocate -p -o 2 -l 3 f");
        assertThat(Files.readAllBytes(path("f")))
                .startsWith('0', '1', 0, 0, 0, '5')
                .hasSize(20);
        assertThat(programs.ended("fallocate", "-c", "-l", "4096", "f").said())
                .contains("not supported");
    }

    @Test
    void copiesInsideStayInside() throws IOException {
        byte[] bytes = new byte[3 << 20];
        new Random(3).nextBytes(bytes);
        Files.write(path("from"), bytes);
        long before = files.reads.sum();
        programs.run("cp", "from", "to"); // copy_file_range
        assertThat(files.reads.sum()).isEqualTo(before);
        assertThat(Files.readAllBytes(path("to"))).isEqualTo(bytes);
    }

    @Test
    void wholeFileLocksWaitAndFail() throws IOException {
        Files.createFile(path("lock"));
        Process holder =
                programs.start("flock", "lock", "sh", "-c", "echo held; read x; echo done");
        assertThat(holder.inputReader().readLine()).isEqualTo("held");
        assertThat(programs.ended("flock", "-n", "lock", "true").status()).isEqualTo(1);
        Process waiter = programs.start("flock", "lock", "echo", "mine");
        holder.getOutputStream().close();
        assertThat(holder.inputReader().readLine()).isEqualTo("done");
        assertThat(Programs.end(waiter).said()).isEqualTo("mine\n");
    }

    @Test
    void rangesAreLocked() throws IOException {
        Files.createFile(path("ranges"));
        Process holder = programs.start("perl", "-e", LOCKER, "ranges", "0", "10");
        assertThat(holder.inputReader().readLine()).isEqualTo("got 0");
        assertThat(programs.ended("perl", "-e", LOCKER, "ranges", "5", "10").said())
                .startsWith("refused");
        assertThat(programs.ended("perl", "-e", LOCKER, "ranges", "10", "10").said())
                .startsWith("got 10");
        assertThat(Programs.end(holder).status()).isZero();
        assertThat(programs.ended("perl", "-e", LOCKER, "ranges", "5", "10").said())
                .startsWith("got 5");
    }

    /** F_SETLK of struct flock {type, whence, start, length, process}; ends with its input. */
    private static final String LOCKER = """
        $| = 1;
        open(my $f, '+<', $ARGV[0]) or die $!;
        my $lock = pack('s s x4 q q i x4', 1, 0, $ARGV[1], $ARGV[2], 0);
        print fcntl($f, 6, $lock) ? "got $ARGV[1]\\n" : "refused: $!\\n";
        <STDIN>;
        """;

    @Test
    void aFileWithoutANameGetsOneLater() throws IOException {
        programs.run("perl", "-e", NAMELESS);
        assertThat(Files.readString(path("named"))).isEqualTo("was nameless");
    }

    private static final String NAMELESS = """
        use Fcntl;
        my $flags = ($^O eq 'linux' && `uname -m` =~ /aarch64/) ? 020004000 : 020200000;
        sysopen(my $f, '.', O_RDWR | $flags, 0644) or die "open: $!";
        syswrite($f, 'was nameless') or die $!;
        my $call = `uname -m` =~ /aarch64/ ? 37 : 265;
        my $from = '/proc/self/fd/' . fileno($f);
        my $to = 'named';
        syscall($call, -100, $from, -100, $to, 0x400) == 0 or die "link: $!";
        """;

    @Test
    void mappedFilesAreReadAndWritten() throws IOException {
        // In another process: a fault in this one could wait for a thread that it stops.
        Files.write(path("m"), new byte[100_000]);
        programs.run(Programs.java(MapProgram.class, "m"));
        assertThat(Files.readAllBytes(path("m"))[70_000]).isEqualTo((byte) 42);
    }

    @Test
    void namesAreBytes() {
        programs.shell("touch \"$(printf 'caf\\351')\" 'new\nline' Ünïcode");
        assertThat(programs.shell("ls | od -An -c | tr -d ' \\n'"))
                .contains("caf351\\n")
                .contains("new\\nline\\n");
        String longest = "n".repeat(255);
        programs.run("touch", longest);
        assertThat(programs.ended("touch", longest + "n").said()).contains("File name too long");
    }

    @Test
    void programsRunFromIt() {
        programs.shell("cp /bin/echo hello; printf '#!/bin/sh\\n./hello from here\\n' > script");
        programs.run("chmod", "+x", "script");
        assertThat(programs.run("./script")).isEqualTo("from here\n");
    }

    @Test
    void eachClosedDescriptorIsFlushedAndEachOpenFileReleasedOnce() {
        programs.shell("echo > f; exec 3< f; cat <&3; exec 4<&3; exec 3<&-; exec 4<&-");
        await("releases").until(() -> files.releases.sum() == 2);
        assertThat(files.flushes.sum()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void terminalsAreNotFoundHere() {
        assertThat(programs.ended("sh", "-c", "touch t; stty < t").said())
                .contains("Inappropriate ioctl");
    }

    @Test
    void itIsListedAsWhatItIsAndUnmountsWhenUnused() throws Exception {
        assertThat(programs.shell("grep ' '$(pwd)' ' /proc/mounts"))
                .startsWith("memory ")
                .contains(" fuse.holdfast-test ")
                .contains("default_permissions,allow_other");
        Process user = programs.start("sh", "-c", "echo in; read x");
        assertThat(user.inputReader().readLine()).isEqualTo("in");
        assertThat(mounted.mount().unmount()).isFalse();
        Programs.end(user);
        new Programs(folder).run("umount", mounted.mount().path().toString());
        assertThat(mounted.mount().awaitUnmounted(Duration.ofSeconds(10))).isTrue();
        assertThat(files.destroyed.getCount()).isZero();
        assertThat(mounted.mount().unmount()).isTrue();
    }

    @Test
    void whatIsInUseIsUnmountedByForce() throws IOException {
        Files.writeString(path("f"), "x");
        Process user = programs.start("sh", "-c", "exec 3< f; echo in; read x; cat <&3");
        assertThat(user.inputReader().readLine()).isEqualTo("in");
        mounted.mount().close();
        assertThat(Programs.end(user).said()).contains("endpoint is not connected");
        assertThat(files.destroyed.getCount()).isZero();
    }
}
