"""Times: as they are set, and what moves them."""

import os
import time

from recording import case, file_clock, tick

ONE, OTHER = 61001, 61002


def _times(do, name, follow=True):
    seen = os.stat(name, follow_symlinks=follow)
    do.say("atime and mtime of " + name, "%d %d" % (seen.st_atime_ns, seen.st_mtime_ns))


@case
def times_are_kept_to_the_nanosecond(do):
    do.make("file")
    do.mkdir("dir", 0o755)
    do.symlink("file", "link")
    do.mkfifo("fifo", 0o644)
    moments = [
        ((1, 1), (2, 2)), ((1_000_000_000, 123_456_789), (1_700_000_000, 999_999_999)),
        ((0, 0), (0, 1)), ((-1, 0), (-1, 500_000_001)), ((-1_000_000_000, 7), (-2**31, 0)),
        ((2**31 - 1, 1), (2**31, 2)), ((2**32, 0), (2**32 + 5, 6)), ((2**33, 3), (2**33 + 1, 4))]
    for atime, mtime in moments:
        for name in ("file", "dir", "fifo"):
            do.utimensat(name, atime, mtime)
            _times(do, name)
    do.utimensat("link", (5, 6), (7, 8), follow=False)
    _times(do, "link", follow=False)
    _times(do, "file")
    do.utimensat("link", (9, 10), (11, 12))
    do.say("mtime of link", os.lstat("link").st_mtime_ns)  # following it is reading it
    _times(do, "file")
    fd = do.fd("file", "RDONLY")
    do.utime(fd, ns=(13, 14))
    _times(do, "file")
    do.utimensat("missing", (1, 1), (1, 1))
    do.utimensat("file", (1, 1_000_000_000), (1, 1))
    do.utimensat("file", (1, 1), (1, -1))
    _times(do, "file")


@case
def times_may_be_now_or_left_as_they_are(do):
    do.make("file")
    do.utimensat("file", (100, 1), (200, 2))
    do.utimensat("file", "OMIT", (300, 3))
    _times(do, "file")
    do.utimensat("file", (400, 4), "OMIT")
    _times(do, "file")
    with do.moving("file"):
        do.utimensat("file", "OMIT", "OMIT")
    _times(do, "file")
    before = time.time_ns()
    do.utimensat("file", "OMIT", "NOW")
    seen = os.stat("file")
    do.say("atime", seen.st_atime_ns)
    do.true("mtime is now", lambda: abs(seen.st_mtime_ns - before) < 60_000_000_000)
    do.utimensat("file", "NOW", (500, 5))
    seen = os.stat("file")
    do.say("mtime", seen.st_mtime_ns)
    do.true("atime is now", lambda: abs(seen.st_atime_ns - before) < 60_000_000_000)


@case
def who_may_set_times(do):
    do.make("file")
    do.chown("file", ONE, ONE)
    do.chmod("file", 0o646)
    do.make("closed")
    do.chown("closed", ONE, ONE)
    with do.user(OTHER):
        for name in ("file", "closed"):
            do.utimensat(name, "NOW", "NOW")
            do.utimensat(name, "OMIT", "NOW")
            do.utimensat(name, (1, 1), (1, 1))
            do.utimensat(name, "OMIT", "OMIT")
    with do.user(ONE):
        do.chmod("file", 0o444)
        do.utimensat("file", (3, 3), (4, 4))
        do.utimensat("file", "NOW", "NOW")
        do.utimensat("file", (3, 3), (4, 4))
    _times(do, "file")


@case
def new_files_have_the_time_of_now(do):
    before = file_clock()
    do.make("file", b"x")
    do.mkdir("dir", 0o755)
    do.symlink("x", "link")
    do.mkfifo("fifo", 0o644)
    after = time.time_ns()
    for name in ("file", "dir", "link", "fifo"):
        seen = os.lstat(name)
        for kind in ("atime", "mtime", "ctime"):
            do.true("%s of %s is right" % (kind, name), lambda seen=seen, kind=kind:
                    before <= getattr(seen, "st_%s_ns" % kind) <= after)


@case
def contents_move_mtime_and_ctime(do):
    do.make("file", b"0123456789" * 1000)
    fd = do.fd("file")
    with do.moving("file", "."):
        do.write(fd, b"x")
    with do.moving("file"):
        do.pwrite(fd, b"y", 20_000)
    with do.moving("file"):
        do.writev(fd, [b"a", b"b"])
    with do.moving("file"):
        do.write(fd, b"")
    with do.moving("file"):
        do.read(fd, 5)
    with do.moving("file"):
        do.ftruncate(fd, 100)
    with do.moving("file"):
        do.ftruncate(fd, 100)
    with do.moving("file"):
        do.truncate("file", 50)
    with do.moving("file"):
        do.fallocate(fd, "", 0, 60)
    with do.moving("file"):
        do.fallocate(fd, "KEEP_SIZE", 0, 8192)
    with do.moving("file"):
        do.fallocate(fd, "PUNCH_HOLE|KEEP_SIZE", 0, 10)
    with do.moving("file"):
        do.fsync(fd)
    with do.moving("file"):
        do.close(fd)
    with do.moving("file", "."):
        fd = do.open("file", "WRONLY|TRUNC")
    with do.moving("file"):
        do.close(fd)
    with do.moving("file"):
        do.close(do.open("file", "WRONLY|TRUNC"))
    with do.moving("file", "."):
        do.close(do.open("file", "RDWR|CREAT", 0o600))
    do.make("source", b"source")
    source, fd = do.fd("source"), do.fd("file")
    with do.moving("file", "source"):
        do.copy_file_range(source, fd, 6)


@case
def attributes_move_ctime(do):
    do.make("file")
    with do.moving("file", "."):
        do.chmod("file", 0o600)
    with do.moving("file"):
        do.chmod("file", 0o600)
    with do.moving("file", "."):
        do.chown("file", ONE, ONE)
    with do.moving("file"):
        do.chown("file", -1, -1)
    with do.moving("file"):
        do.setxattr("file", "user.a", b"1")
    with do.moving("file"):
        do.getxattr("file", "user.a")
    with do.moving("file"):
        do.removexattr("file", "user.a")
    with do.moving("file"):
        do.utimensat("file", (1, 1), (1, 1))
    with do.moving("file"):
        do.utimensat("file", (1, 1), (1, 1))
    with do.moving("file"):
        do.stat("file")


@case
def attributes_of_an_open_file_move_ctime(do):
    do.make("file", b"x")
    fd = do.fd("file")
    with do.moving("file"):
        do.call("fchmod", os.fchmod, fd, 0o600)
    with do.moving("file"):
        do.call("fchown", os.fchown, fd, ONE, ONE)
    with do.moving("file"):
        do.stat("file")


@case
def names_move_the_times_of_their_directories(do):
    do.mkdir("dir", 0o755)
    do.mkdir("other", 0o755)
    do.make("here", b"x")
    with do.moving("dir", "."):
        do.close(do.open("dir/file", "WRONLY|CREAT", 0o644))
    with do.moving("dir", "dir/file"):
        do.link("dir/file", "dir/linked")
    with do.moving("dir", "dir/file"):
        do.unlink("dir/linked")
    with do.moving("dir"):
        do.mkdir("dir/sub", 0o755)
    with do.moving("dir"):
        do.rmdir("dir/sub")
    with do.moving("dir"):
        do.symlink("x", "dir/link")
    with do.moving("dir"):
        do.mkfifo("dir/fifo", 0o644)
    with do.moving("dir"):
        do.rename("dir/link", "dir/link2")
    os.rename("here", "dir/here")
    os.rename("dir/here", "here")
    with do.moving("dir", "other", "dir/file"):
        do.rename("dir/file", "other/file")
    do.mkdir("dir/sub", 0o755)
    with do.moving("dir", "other"):
        do.rename("dir/sub", "other/sub")
    do.make("dir/new", b"new")
    do.link("other/file", "kept")
    with do.moving("dir", "other", "kept"):
        do.rename("dir/new", "other/file")
    with do.moving("dir"):
        do.rmdir("dir/missing")
    with do.moving("dir"):
        do.list("dir")
    do.make("dir/a")
    do.make("other/b")
    with do.moving("dir", "other"):
        do.renameat2("dir/a", "other/b", "EXCHANGE")


@case
def a_rename_moves_the_ctime_of_the_file(do):
    do.make("file")
    inode = os.stat("file")
    tick()
    do.rename("file", "renamed")
    after = os.stat("renamed")
    do.true("mtime moved", lambda: after.st_mtime_ns != inode.st_mtime_ns)
    do.true("ctime moved", lambda: after.st_ctime_ns != inode.st_ctime_ns)


@case
def mtime_set_while_open_outlives_the_close(do):
    fd = do.open("file", "RDWR|CREAT", 0o644)
    do.write(fd, b"contents")
    do.utime(fd, ns=(1_000_000_007, 2_000_000_009))
    _times(do, "file")
    do.close(fd)
    _times(do, "file")
    fd = do.fd("file")
    do.pwrite(fd, b"C", 0)
    do.utimensat("file", (3, 3), (4, 4))
    do.close(fd)
    _times(do, "file")
    do.see("file")


@case
def ctime_never_goes_back(do):
    do.make("file")
    last, steps = 0, []
    for i in range(30):
        os.chmod("file", 0o600 + i % 8)
        now = os.stat("file").st_ctime_ns
        steps.append(now >= last)
        last = now
    do.true("ctime only grows", lambda: all(steps))
