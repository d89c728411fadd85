"""Hard and symbolic links, renames, removals, names, and special files."""

import os

from recording import Turn, case


@case
def hard_links_are_one_file(do):
    do.make("a", b"first")
    do.link("a", "b")
    do.mkdir("dir", 0o755)
    do.link("b", "dir/c")
    do.see("a", "b", "dir/c")
    do.same("a", "dir/c")
    fd = do.fd("b", "WRONLY|APPEND")
    do.write(fd, b", more")
    do.chmod("dir/c", 0o600)
    do.see("a")
    do.close(fd)
    do.unlink("a")
    do.see("b", "dir/c")
    do.link("b", "dir/c")
    do.link("missing", "x")
    do.link("b", "missing/x")
    do.link("dir", "x")
    do.link("b", "b/x")
    do.unlink("b")
    do.see("dir/c")
    do.symlink("dir/c", "soft")
    do.link("soft", "soft2", follow_symlinks=False)
    do.see("soft", "soft2")
    do.link_target("soft", "hard")
    do.see("hard")


@case
def open_files_can_be_linked_until_their_last_name_is_gone(do):
    do.make("a", b"contents")
    fd = do.fd("a", "RDONLY")
    do.link_open(fd, "b")
    do.fstat(fd)
    do.unlink("a")
    do.fstat(fd)
    do.unlink("b")
    do.fstat(fd)
    do.link_open(fd, "c")
    do.list()


@case
def renaming_a_file_moves_its_name(do):
    do.make("a", b"A")
    do.mkdir("dir", 0o755)
    inode = os.stat("a").st_ino
    do.rename("a", "b")
    do.see("a", "b")
    do.rename("b", "dir/c")
    do.see("dir/c")
    do.true("it is the same file", lambda: os.stat("dir/c").st_ino == inode)
    do.rename("dir/c", "dir/c")
    do.rename("missing", "x")
    do.rename("dir/c", "missing/x")
    do.rename("dir/c", "dir/c/x")
    do.rename("dir/c", "x/")
    do.rename("dir/c/", "x")
    do.rename("", "x")
    do.rename("dir/c", "")
    do.list("dir")


@case
def renaming_over_a_file_replaces_it(do):
    do.make("old", b"old")
    do.link("old", "old2")
    reader = do.fd("old", "RDWR")
    do.make("new", b"new contents")
    do.rename("new", "old")
    do.see("old", "old2")
    do.fstat(reader)
    do.unlink("old2")
    do.fstat(reader)
    do.pread(reader, 10, 0)
    do.pwrite(reader, b"gone", 0)
    do.pread(reader, 10, 0)
    do.close(reader)
    do.see("old")
    do.list()


@case
def an_open_file_is_written_on_after_its_rename(do):
    do.mkdir("dir", 0o755)
    fd = do.open("a", "RDWR|CREAT", 0o644)
    do.write(fd, b"before ")
    do.rename("a", "dir/b")
    do.write(fd, b"after")
    do.see("dir/b")
    do.close(fd)
    do.see("a", "dir/b")
    do.make("target", b"target")
    do.make("source", b"source")
    source, target = do.fd("source"), do.fd("target")
    do.rename("source", "target")
    do.pwrite(source, b"SOURCE!", 0)
    do.pwrite(target, b"TARGET!", 0)
    do.close(source)
    do.close(target)
    do.see("target")


@case
def an_editor_writes_by_rename(do):
    do.make("text", b"one\n")
    for i in range(20):
        fd = os.open("text.new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(fd, b"line %d\n" % i * (i + 1))
        os.fsync(fd)
        os.close(fd)
        os.rename("text", "text~")
        os.link("text.new", "text")
        os.unlink("text.new")
    do.see("text", "text~")
    do.list()


@case
def renaming_files_and_directories_over_each_other(do):
    do.make("file", b"f")
    do.mkdir("empty", 0o755)
    do.mkdir("full", 0o755)
    do.make("full/in", b"i")
    do.mkdir("dir", 0o711)
    do.make("dir/below", b"b")
    do.rename("file", "empty")
    do.rename("empty", "file")
    do.rename("dir", "full")
    do.rename("dir", "empty")
    do.see("empty", "empty/below", "dir")
    do.rename("full", "full/sub")
    do.mkdir("full/sub", 0o755)
    do.rename("full", "full/sub/deep")
    do.rename("full/sub", "full")
    do.rename(".", "x")
    do.rename("full", ".")
    do.rename("full", "..")
    do.rename("full/", "slash/")
    do.symlink("slash", "link")
    do.rename("slash", "link")
    do.rename("link", "slash")
    do.rename("link", "file")
    do.see("file")
    do.list()
    do.stat(".")


@case
def a_moved_directory_has_another_parent(do):
    do.mkdir("p", 0o755)
    do.mkdir("q", 0o755)
    do.mkdir("p/dir", 0o755)
    do.make("p/dir/file", b"f")
    fd = do.fd("p/dir", "RDONLY|DIRECTORY")
    do.chdir("p/dir")
    do.rename("../../p/dir", "../../q/dir")
    do.see("file")
    do.same("..", "../../q")
    do.call("getcwd", lambda: os.getcwd().rsplit("/", 2)[1:])
    do.chdir("../..")
    do.stat("p")
    do.stat("q")
    do.same(fd, "q/dir")


@case
def renaming_one_name_of_a_file_over_another_does_nothing(do):
    do.make("a", b"A")
    do.link("a", "b")
    do.rename("a", "b")
    do.see("a", "b")
    do.mkdir("dir", 0o755)
    do.link("a", "dir/c")
    do.rename("a", "dir/c")
    do.see("a", "dir/c")
    do.renameat2("a", "b", "EXCHANGE")
    do.renameat2("a", "b", "NOREPLACE")
    do.see("a", "b")


@case
def renaming_without_replacing(do):
    do.make("a", b"A")
    do.make("b", b"B")
    do.mkdir("dir", 0o755)
    do.renameat2("a", "b", "NOREPLACE")
    do.renameat2("a", "dir", "NOREPLACE")
    do.renameat2("dir", "a", "NOREPLACE")
    do.symlink("nowhere", "link")
    do.renameat2("a", "link", "NOREPLACE")
    do.renameat2("a", "c", "NOREPLACE")
    do.renameat2("dir", "dir2", "NOREPLACE")
    do.renameat2("missing", "x", "NOREPLACE")
    do.see("a", "b", "c", "dir2")


@case
def exchanging_names(do):
    do.make("a", b"A")
    do.make("b", b"BB")
    do.mkdir("dir", 0o755)
    do.make("dir/in", b"I")
    do.mkdir("dir/sub", 0o755)
    do.renameat2("a", "b", "EXCHANGE")
    do.see("a", "b")
    do.renameat2("a", "dir", "EXCHANGE")
    do.see("a", "a/in", "dir")
    do.renameat2("a", "missing", "EXCHANGE")
    do.renameat2("missing", "a", "EXCHANGE")
    do.renameat2("a", "a/sub", "EXCHANGE")
    do.renameat2("a/sub", "a", "EXCHANGE")
    do.renameat2("a/in", "b", "EXCHANGE")
    do.see("a/in", "b")
    do.renameat2("a/sub", "b", "EXCHANGE")
    do.see("b", "a/sub")
    do.stat("a")
    do.stat(".")
    do.renameat2("a", "b", "NOREPLACE|EXCHANGE")
    do.renameat2("dir", "x", "WHITEOUT")
    do.list()


@case
def an_unlinked_file_works_on_while_it_is_open(do):
    fd = do.open("file", "RDWR|CREAT", 0o644)
    do.write(fd, b"before")
    do.unlink("file")
    do.fstat(fd)
    do.list()
    do.write(fd, b" after")
    do.pread(fd, 20, 0)
    do.ftruncate(fd, 3)
    do.fchmod(fd, 0o600)
    do.fsync(fd)
    do.fstat(fd)
    do.make("file", b"another")
    do.pread(fd, 20, 0)
    again = do.open("/proc/self/fd/%d" % fd, "RDONLY")
    do.call("read through another descriptor", os.read, again, 20)
    other = do.dup(fd)
    do.close(fd)
    do.pread(other, 20, 0)
    do.in_child(lambda: do.pread(other, 20, 0))
    do.close(other)
    do.see("file")
    do.unlink("missing")
    do.unlink("file/")
    do.mkdir("dir", 0o755)
    do.unlink("dir")
    do.unlink("file/x")


@case
def only_empty_directories_are_removed(do):
    do.mkdir("dir", 0o755)
    do.mkdir("dir/sub", 0o755)
    do.make("dir/sub/file")
    do.rmdir("dir")
    do.rmdir("dir/sub")
    do.rmdir("dir/sub/file")
    do.rmdir("missing")
    do.rmdir("dir/.")
    do.rmdir("dir/..")
    do.rmdir("dir/sub/..")
    fd = do.fd("dir/sub", "RDONLY|DIRECTORY")
    do.unlink("dir/sub/file")
    do.rmdir("dir/sub/")
    do.fstat(fd)
    do.call("list it", os.listdir, fd)
    do.symlink("dir", "link")
    do.rmdir("link")
    do.rmdir("link/")
    do.rmdir("dir")
    do.list()


@case
def symbolic_links_hold_any_text(do):
    for name, target in (
            ("short", "x"), ("absent", "no/such/file"), ("long", "d/" * 511 + "e"),
            ("longest", "y" * 4095), ("odd", b"\xff\n \x01".decode("utf-8", "surrogateescape"))):
        do.symlink(target, name)
        do.see(name)
    do.symlink("z" * 4096, "too-long")
    do.symlink("", "empty")
    do.symlink("x", "short")
    do.symlink("x", "missing/link")
    do.make("file", b"f")
    do.readlink("file")
    do.readlink(".")
    do.readlink("missing")
    do.chmod("short", 0o600)
    do.unlink("short")
    do.list()


@case
def symbolic_links_are_followed(do):
    do.mkdir("dir", 0o755)
    do.make("dir/file", b"f")
    do.symlink("dir", "to-dir")
    do.symlink("../dir/file", "dir/to-file")
    do.symlink("to-dir/to-file", "far")
    do.stat("far")
    do.call("contents", do.contents, "far")
    do.lstat("to-dir")
    do.lstat("to-dir/")
    do.list("to-dir")
    do.open("dir/to-file/", "RDONLY")
    do.mkdir("to-dir/sub", 0o755)
    do.list("dir")
    do.mkdir("to-dir", 0o755)
    do.symlink("self", "self")
    do.open("self", "RDONLY")
    do.stat("self")
    do.lstat("self")
    do.symlink("ping", "pong")
    do.symlink("pong", "ping")
    do.open("ping/x", "RDONLY")
    do.chmod("ping", 0o600)
    do.make("end", b"found")
    previous = "end"
    for i in range(41):
        os.symlink(previous, "chain-%d" % i)
        previous = "chain-%d" % i
    do.stat("chain-39")
    do.stat("chain-40")
    for name in ("self", "ping", "far"):
        do.unlink(name)
    do.rename("end", "to-dir")
    do.see("to-dir", "dir/file")


@case
def names_may_have_255_bytes(do):
    longest, longer = "n" * 255, "n" * 256
    umlauts, more = "ä" * 127 + "x", "ä" * 128
    do.make("file", b"f")
    for name in (longest, longer, umlauts, more):
        do.close(do.open(name, "WRONLY|CREAT", 0o644))
        do.lstat(name)
        do.unlink(name)
        do.mkdir(name, 0o755)
        do.rmdir(name)
        do.link("file", name)
        do.unlink(name)
        do.symlink("file", name)
        do.unlink(name)
        do.rename("file", name)
        do.rename(name, "file")
        do.mkfifo(name, 0o644)
        do.open(name + "/below", "RDONLY")
        do.unlink(name)
    do.list()


@case
def paths_may_have_4095_bytes(do):
    depth = 0
    try:
        for _ in range(17):
            os.mkdir("d" * 249)
            os.chdir("d" * 249)
            depth += 1
        do.make("file", b"deep")
        do.see("file")
        for _ in range(depth):
            os.chdir("..")
        for length in range(15, 18):
            do.stat("/".join(["d" * 249] * length))
        path = "./" * 1000
        do.stat(path + "/" * (4094 - len(path)) + ".")
        do.stat(path + "/" * (4095 - len(path)) + ".")
    except OSError as e:
        do.say("the way down ends after %d" % depth, os.strerror(e.errno))


@case
def names_are_bytes(do):
    names = [
        b"e\xcc\x81", b"\xc3\xa9", b"\xe3\x82\xb7\xe3\x82\x99", b"\xff\xfe", b"\xc3", b"a\nb",
        b"\x01\x7f", b" ", b"  lead and trail  ", b"-rf", b"*?[a]", b"'\"`$x", b"\\", b"...",
        b"..a", b"a..", b"Case", b"case", b"CASE", b"a:b", b"nul", b"~", b"#x#", b".hidden",
        b"\xed\xa0\x80", b"\xf0\x9f\x98\x80"]
    for i, name in enumerate(names):
        do.make(name, b"%d" % i)
    do.call("list", lambda: sorted(text_of(n) for n in os.listdir(b".")))
    for name in names:
        do.call("contents of " + text_of(name), do.contents, name)
        do.call("unlink " + text_of(name), os.unlink, name)
    do.list()
    do.call("a name with a zero byte", lambda: _refused(do))


def text_of(name):
    return repr(name)[2:-1]


def _refused(do):
    try:
        os.mkdir("a\0b")
    except ValueError:
        return "refused before any call"
    return "made"


@case
def many_names_in_one_directory_from_many_processes(do):
    turns = [Turn() for _ in range(4)]

    def work(number):
        turns[number].take()
        for i in range(50):
            name = "%d-%d" % (number, i)
            do.make(name, name.encode())
            if i % 3 == 0:
                os.unlink(name)
            elif i % 3 == 1:
                os.rename(name, "moved-" + name)

    children = [do.child(lambda i=i: work(i), "child %d" % i) for i in range(4)]
    for turn in turns:
        turn.give()
    for child in children:
        child.end()
    names = os.listdir(".")
    do.say("names", len(names))
    do.true("all hold what they should", lambda: all(
        do.contents(name).decode() == name.removeprefix("moved-") for name in names))
