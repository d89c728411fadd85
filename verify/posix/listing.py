"""Directories as they are listed."""

import os
import shutil
import stat

import calls
from recording import Turn, case

MANY = 2_000
_KINDS = {0: "unknown", 1: "fifo", 2: "character device", 4: "directory", 6: "block device",
          8: "file", 10: "link", 12: "socket"}


def _entries(path):
    stream = calls.Stream(path)
    try:
        return stream.rest()
    finally:
        stream.close()


@case
def entries_have_types_and_inodes(do):
    do.make("file")
    do.mkdir("dir", 0o755)
    do.symlink("x", "link")
    do.mkfifo("fifo", 0o644)
    os.mknod("socket", 0o644 | stat.S_IFSOCK)
    os.mknod("device", 0o644 | stat.S_IFCHR, os.makedev(1, 3))
    os.mkdir("dir/sub")
    for path in (".", "dir", "dir/sub"):
        do.call("entries", lambda p: sorted("%s %s" % (n, _KINDS[k]) for n, k, _ in _entries(p)), path)
        do.call("inodes are those of stat", lambda p: all(
            os.lstat(os.path.join(p, name)).st_ino == inode for name, _, inode in _entries(p)), path)
    do.call("list", os.listdir, "file")
    do.call("list", os.listdir, "missing")


def _make_many(do, number=MANY):
    os.mkdir("many")
    for i in range(number):
        os.close(os.open("many/entry-%04d" % i, os.O_CREAT | os.O_WRONLY, 0o644))
    return {"entry-%04d" % i for i in range(number)}


@case
def two_thousand_entries_are_listed_once_each(do):
    expected = _make_many(do)
    names = [name for name, _, _ in _entries("many")]
    do.say("entries", len(names))
    do.true("once each", lambda: set(names) == expected | {".", ".."})
    stream = calls.Stream("many")
    marks = {}
    for i in range(len(names)):
        if i % 97 == 0:
            marks[i] = stream.tell()
        stream.next()
    do.say("behind the last", stream.next())
    for i in (0, 97, 970, 1940, 485, 97):
        stream.seek(marks[i])
        do.true("from %d on the same entries come again" % i, lambda i=i:
                [name for name, _, _ in stream.rest()] == names[i:])
    os.unlink("many/entry-0007")
    do.make("many/new")
    stream.rewind()
    again = {name for name, _, _ in stream.rest()}
    do.true("from the start it is as it is now", lambda:
            again == expected - {"entry-0007"} | {"new", ".", ".."})
    stream.close()


@case
def entries_are_removed_while_they_are_listed(do):
    _make_many(do, 700)
    stream, removed = calls.Stream("many"), 0
    while entry := stream.next():
        if entry[0] not in (".", ".."):
            os.unlink("many/" + entry[0])
            removed += 1
    stream.close()
    do.say("removed", removed)
    do.rmdir("many")


@case
def what_stays_is_listed_once_while_other_entries_come_and_go(do):
    for i in range(300):
        do.make("stays-%d" % i)
    end = Turn()

    def churn():
        number = 0
        while not end.given():
            do.make("comes-%d" % (number % 50))
            if number >= 25:
                os.unlink("comes-%d" % ((number - 25) % 50))
            number += 1

    child = do.child(churn)
    right = 0
    for _ in range(20):
        names = [name for name, _, _ in _entries(".") if name.startswith("stays-")]
        right += len(names) == 300 and len(set(names)) == 300
    end.give()
    child.end()
    do.say("listings that were right", right)


@case
def a_listing_that_was_begun_may_end(do):
    os.mkdir("dir")
    do.make("dir/file")
    stream = calls.Stream("dir")
    do.unlink("dir/file")
    do.rmdir("dir")
    do.call("the rest", lambda: [name for name, _, _ in stream.rest() if name[0] != "."])
    stream.close()
    do.call("list", os.listdir, "dir")


@case
def trees_are_removed(do):
    for i in range(6):
        for j in range(5):
            os.makedirs("tree/%d/%d/deep/deeper" % (i, j))
            do.make("tree/%d/%d/file" % (i, j), b"x" * j)
            os.symlink("../..", "tree/%d/%d/deep/link" % (i, j))
    counted = [(len(d), len(f)) for _, d, f in os.walk("tree")]
    do.say("directories and files", "%d %d" % tuple(map(sum, zip(*counted))))
    do.stat("tree")
    do.call("remove all", shutil.rmtree, "tree")
    do.list()
    depth = 150
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    do.make("file")
    for _ in range(depth):
        os.chdir("..")
    do.true("a deep tree is there", lambda: os.path.exists("d/" * depth + "file"))
    do.call("remove it", shutil.rmtree, "d")
    do.list()


@case
def who_may_not_read_a_directory_does_not_list_it(do):
    do.mkdir("dir", 0o711)
    do.make("dir/file", b"f")
    with do.user(61001):
        do.list("dir")
        do.see("dir/file")
        do.open("dir", "RDONLY|DIRECTORY")
        do.chdir("dir")
        do.stat("file")
        do.list(".")
