"""Making files and directories, opening them, modes, owners and what they allow."""

import os

from recording import Turn, case

ONE, OTHER, GROUP = 61001, 61002, 61050


@case
def opening_makes_a_file_or_says_why_not(do):
    do.open("new", "WRONLY")
    fd = do.open("new", "WRONLY|CREAT", 0o640)
    do.write(fd, b"kept")
    do.close(fd)
    do.close(do.open("new", "WRONLY|CREAT", 0o777))
    do.see("new")
    do.open("new/", "RDONLY")
    do.open("new/below", "WRONLY|CREAT", 0o644)
    do.open("missing/below", "WRONLY|CREAT", 0o644)
    do.open("slash/", "WRONLY|CREAT", 0o644)
    do.open("", "RDONLY")
    do.mkdir("dir", 0o755)
    do.open("dir", "WRONLY")
    do.open("dir", "RDWR")
    do.open("dir", "RDONLY|CREAT", 0o644)
    do.open("dir", "RDONLY|TRUNC")
    do.close(do.open("dir", "RDONLY|DIRECTORY"))
    do.open("new", "RDONLY|DIRECTORY")
    do.list()


@case
def exclusive_opening_refuses_what_is_there(do):
    do.close(do.open("file", "WRONLY|CREAT|EXCL", 0o600))
    do.open("file", "WRONLY|CREAT|EXCL", 0o600)
    do.mkdir("dir", 0o755)
    do.open("dir", "WRONLY|CREAT|EXCL", 0o600)
    do.symlink("nowhere", "dangling")
    do.open("dangling", "WRONLY|CREAT|EXCL", 0o600)
    do.symlink("file", "link")
    do.open("link", "WRONLY|CREAT|EXCL", 0o600)
    do.unlink("file")
    do.close(do.open("file", "RDWR|CREAT|EXCL", 0o600))
    do.list()


@case
def of_many_that_make_one_name_exclusively_one_wins(do):
    counts = Turn()

    def try_all():
        won = 0
        for i in range(20):
            try:
                os.close(os.open("made-%d" % i, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                won += 1
            except FileExistsError:
                pass
        os.write(counts.start, bytes([won]))

    children = [do.child(try_all, "child %d" % i) for i in range(4)]
    for child in children:
        child.end()
    do.say("names made by all together", sum(os.read(counts.end, 4)))


@case
def opening_follows_links_unless_told_not_to(do):
    do.make("file", b"contents")
    do.symlink("file", "link")
    do.symlink("made", "dangling")
    do.open("link", "RDONLY|NOFOLLOW")
    do.close(do.open("link", "RDONLY"))
    do.open("dangling", "RDONLY")
    do.close(do.open("dangling", "WRONLY|CREAT", 0o644))
    do.see("made", "dangling", "link")
    do.symlink(".", "here")
    do.open("here", "RDONLY|DIRECTORY|NOFOLLOW")
    do.close(do.open("here/file", "RDONLY|NOFOLLOW"))


@case
def truncating_opens_empty_a_file(do):
    do.make("file", b"something")
    reader = do.fd("file", "RDONLY")
    fd = do.open("file", "WRONLY|TRUNC")
    do.fstat(reader)
    do.read(reader, 10)
    do.write(fd, b"ab")
    do.pread(reader, 10, 0)
    do.close(fd)
    do.close(do.open("file", "RDONLY|TRUNC"))
    do.see("file")
    do.make("file", b"something")
    do.close(do.open("file", "WRONLY|CREAT|TRUNC", 0o777))
    do.see("file")


@case
def the_umask_takes_bits_away(do):
    for mask in (0o000, 0o022, 0o077, 0o027, 0o777):
        os.umask(mask)
        do.close(do.open("file-%03o" % mask, "WRONLY|CREAT", 0o666))
        do.mkdir("dir-%03o" % mask, 0o1777)
        do.mkfifo("fifo-%03o" % mask, 0o666)
        for kind in ("file", "dir", "fifo"):
            do.lstat("%s-%03o" % (kind, mask))


@case
def directories_count_their_subdirectories(do):
    do.mkdir("a", 0o755)
    do.mkdir("a", 0o755)
    do.mkdir("missing/b", 0o755)
    do.mkdir("a/b", 0o755)
    do.mkdir("a/c/", 0o755)
    do.make("a/file")
    do.mkdir("a/file/d", 0o755)
    do.mkdir("a/file", 0o755)
    do.stat("a")
    do.rmdir("a/b")
    do.stat("a")
    do.rename("a/c", "c")
    do.stat("a")
    do.stat(".")
    do.mkdir("", 0o755)


@case
def modes_are_kept_as_they_are_set(do):
    do.make("file")
    do.mkdir("dir", 0o755)
    for mode in (0, 0o1, 0o644, 0o777, 0o1644, 0o2755, 0o4755, 0o6711, 0o7777):
        for name in ("file", "dir"):
            do.chmod(name, mode)
            do.lstat(name)
    fd = do.fd("file")
    do.fchmod(fd, 0o604)
    do.fstat(fd)
    do.symlink("file", "link")
    do.chmod("link", 0o611)
    do.lstat("file")
    do.lstat("link")
    do.chmod("missing", 0o644)
    do.chmod("file/", 0o644)


@case
def only_the_owner_changes_modes(do):
    do.chmod(".", 0o777)
    do.make("file")
    do.chown("file", ONE, ONE)
    with do.user(OTHER):
        do.chmod("file", 0o777)
        do.chown("file", OTHER, OTHER)
        do.utime("file", (1, 1))
    with do.user(ONE, groups=[GROUP]):
        do.chmod("file", 0o2755)
        do.lstat("file")
        do.chown("file", -1, GROUP)
        do.chmod("file", 0o2755)
        do.lstat("file")
        do.chown("file", -1, OTHER)
        do.chown("file", OTHER, -1)
        do.chown("file", ONE, GROUP)
    do.chown("file", ONE, OTHER)
    with do.user(ONE):
        do.chmod("file", 0o2755)  # of a group that is not the caller's
        do.lstat("file")
        do.chmod("file", 0o4755)
        do.lstat("file")


@case
def owners_are_set_by_root(do):
    do.make("file")
    do.symlink("file", "link")
    do.mkdir("dir", 0o755)
    do.chown("file", ONE, -1)
    do.chown("file", -1, GROUP)
    do.see("file")
    do.chown("file", -1, -1)
    do.lchown("link", OTHER, OTHER)
    do.see("file", "link")
    do.chown("link", 0, 0)
    do.see("file", "link")
    do.chown("dir", ONE, GROUP)
    do.lstat("dir")
    do.chown("missing", ONE, ONE)
    with do.user(ONE):
        do.chown("file", ONE, ONE)
        do.lchown("link", ONE, ONE)


@case
def a_new_owner_ends_setuid(do):
    for mode in (0o4755, 0o2755, 0o6711, 0o2644, 0o6644):
        do.make("file")
        do.chmod("file", mode)
        do.chown("file", ONE, ONE)
        do.lstat("file")
        do.unlink("file")
    do.mkdir("dir", 0o755)
    do.chmod("dir", 0o6755)
    do.chown("dir", ONE, ONE)
    do.lstat("dir")
    do.make("mine")
    do.chown("mine", ONE, ONE)
    do.chmod("mine", 0o6755)
    with do.user(ONE, groups=[GROUP]):
        do.chown("mine", -1, GROUP)
        do.lstat("mine")


def _setuid_file(do, mode):
    do.make("file", b"0123456789")
    do.chown("file", ONE, ONE)
    do.chmod("file", mode)


@case
def writing_ends_setuid(do):
    changes = [
        lambda fd: do.write(fd, b"x"),
        lambda fd: do.pwrite(fd, b"x", 3),
        lambda fd: do.write(fd, b""),
        lambda fd: do.ftruncate(fd, 4),
        lambda fd: do.truncate("file", 5),
        lambda fd: do.fallocate(fd, "", 0, 20),
        lambda fd: do.fchmod(fd, 0o4711),
        lambda fd: do.fsync(fd),
    ]
    for change in changes:
        for mode in (0o4777, 0o2777, 0o2767):
            _setuid_file(do, mode)
            with do.user(OTHER):
                fd = do.fd("file")
                change(fd)
                do.fstat(fd)
                do.close(fd)
            do.lstat("file")
            do.unlink("file")


@case
def writing_by_root_keeps_setuid(do):
    _setuid_file(do, 0o6755)
    fd = do.fd("file")
    do.write(fd, b"x")
    do.close(fd)
    do.lstat("file")
    do.truncate("file", 3)
    do.lstat("file")


@case
def truncating_opens_end_setuid(do):
    _setuid_file(do, 0o6777)
    with do.user(OTHER):
        do.close(do.open("file", "WRONLY|TRUNC"))
    do.lstat("file")


@case
def setgid_directories_pass_their_group_on(do):
    do.mkdir("dir", 0o755)
    do.chown("dir", ONE, GROUP)
    do.chmod("dir", 0o2777)
    do.make("dir/file")
    do.mkdir("dir/sub", 0o755)
    do.symlink("x", "dir/link")
    do.mkfifo("dir/fifo", 0o644)
    for name in ("file", "sub", "link", "fifo"):
        do.lstat("dir/" + name)
    with do.user(OTHER):
        do.close(do.open("dir/made", "WRONLY|CREAT", 0o2775))
        do.mkdir("dir/deeper", 0o700)
        do.lstat("dir/made")
        do.lstat("dir/deeper")


@case
def sticky_directories_protect_names(do):
    do.mkdir("dir", 0o755)
    do.chmod("dir", 0o1777)
    for name in ("a", "b", "c"):
        do.make("dir/" + name)
        do.chown("dir/" + name, ONE, ONE)
    do.mkdir("dir/sub", 0o777)
    do.chown("dir/sub", ONE, ONE)
    with do.user(OTHER):
        do.unlink("dir/a")
        do.rmdir("dir/sub")
        do.rename("dir/a", "dir/x")
        do.make("dir/mine")
        do.rename("dir/mine", "dir/b")
        do.renameat2("dir/mine", "dir/b", "EXCHANGE")
        do.unlink("dir/mine")
    with do.user(ONE):
        do.unlink("dir/a")
        do.rename("dir/b", "dir/x")
    do.chown("dir", OTHER, OTHER)
    with do.user(OTHER):
        do.unlink("dir/c")
    do.list("dir")


@case
def permissions_refuse_others(do):
    do.make("secret", b"s", 0o600)
    do.make("read", b"r", 0o644)
    do.make("write", b"w", 0o644)
    do.chmod("write", 0o622)
    do.mkdir("closed", 0o700)
    do.make("closed/in", b"i")
    do.mkdir("pass", 0o755)
    do.chmod("pass", 0o711)
    do.make("pass/in", b"i")
    do.mkdir("look", 0o755)
    do.chmod("look", 0o744)
    do.make("look/in", b"i")
    with do.user(OTHER):
        for name in ("secret", "read", "write", "closed/in", "pass/in", "look/in"):
            for flags in ("RDONLY", "WRONLY", "RDWR", "RDONLY|TRUNC"):
                do.open(name, flags)
            for what in ("F", "R", "W", "X"):
                do.access(name, what)
        for name in ("closed", "pass", "look"):
            do.list(name)
            do.open(name + "/new", "WRONLY|CREAT", 0o644)
            do.mkdir(name + "/new", 0o755)
            do.symlink("x", name + "/new")
            do.rename("read", name + "/new")
            do.unlink(name + "/in")
            do.lstat(name + "/in")
        do.link("secret", "other")
        do.truncate("read", 0)
        do.chdir("closed")
        do.truncate("write", 0)
    do.see("write", "read")


@case
def groups_are_looked_at(do):
    do.make("file", b"g", 0o640)
    do.chown("file", ONE, GROUP)
    do.chmod("file", 0o060)
    with do.user(OTHER):
        do.open("file", "RDONLY")
    with do.user(OTHER, groups=[GROUP]):
        do.close(do.open("file", "RDWR"))
    with do.user(OTHER, gid=GROUP):
        do.close(do.open("file", "RDONLY"))
    with do.user(ONE, groups=[GROUP]):
        do.open("file", "RDONLY")  # the owner's bits decide, though the group's allow
    do.close(do.open("file", "RDWR"))


@case
def the_descriptor_of_a_new_file_allows_what_its_mode_does_not(do):
    do.chmod(".", 0o777)
    with do.user(ONE):
        fd = do.open("file", "RDWR|CREAT|EXCL", 0o000)
        do.write(fd, b"written")
        do.pread(fd, 10, 0)
        do.close(fd)
        do.open("file", "RDONLY")
        fd = do.open("other", "RDWR|CREAT", 0o444)
        do.write(fd, b"written")
        do.fchmod(fd, 0)
        do.write(fd, b" more")
        do.close(fd)
    do.see("file", "other")


@case
def descriptors_allow_what_they_were_opened_for(do):
    do.make("file", b"contents")
    reader, writer = do.fd("file", "RDONLY"), do.fd("file", "WRONLY")
    do.write(reader, b"x")
    do.read(writer, 1)
    do.ftruncate(reader, 0)
    do.ftruncate(writer, 4)
    do.fallocate(reader, "", 0, 10)
    do.fchmod(reader, 0o600)
    do.fsync(reader)
    do.see("file")
    directory = do.fd(".", "RDONLY")
    do.read(directory, 10)
    do.lseek(directory, 0, "SET")
    do.ftruncate(directory, 0)


@case
def a_path_descriptor_is_only_a_place(do):
    do.make("file", b"contents")
    do.symlink("file", "link")
    do.mkdir("dir", 0o755)
    fd = do.open("file", "PATH")
    do.read(fd, 1)
    do.write(fd, b"x")
    do.fchmod(fd, 0o600)
    do.ftruncate(fd, 0)
    do.fsync(fd)
    do.fstat(fd)
    again = do.open("/proc/self/fd/%d" % fd, "RDWR")
    do.call("read again", os.read, again, 20)
    link = do.open("link", "PATH|NOFOLLOW")
    do.fstat(link)
    do.call("readlink of it", lambda: os.readlink("", dir_fd=link))
    directory = do.open("dir", "PATH|DIRECTORY")
    do.close(do.open("below", "WRONLY|CREAT", 0o644, dir_fd=directory))
    do.list("dir")
    do.open("file", "PATH|DIRECTORY")


@case
def names_are_found_from_an_open_directory(do):
    do.mkdir("dir", 0o755)
    do.make("dir/file", b"below")
    fd = do.fd("dir", "RDONLY|DIRECTORY")
    do.rename("dir", "moved")
    do.close(do.open("file", "RDONLY", dir_fd=fd))
    do.close(do.open("made", "WRONLY|CREAT|EXCL", 0o644, dir_fd=fd))
    do.mkdir("sub", 0o755, dir_fd=fd)
    do.link("file", "linked", src_dir_fd=fd, dst_dir_fd=fd)
    do.rename("made", "renamed", src_dir_fd=fd, dst_dir_fd=fd)
    do.symlink("file", "link", dir_fd=fd)
    do.readlink("link", dir_fd=fd)
    do.stat("../moved/file", dir_fd=fd)
    do.unlink("link", dir_fd=fd)
    do.list("moved")
    do.chdir("moved")
    do.stat("sub/..")
    do.same("sub/..", ".")
    do.chdir("..")
    for name in ("file", "linked", "renamed"):
        do.unlink("moved/" + name)
    do.rmdir("moved/sub")
    do.rmdir("moved")
    do.fstat(fd)
    do.open("late", "WRONLY|CREAT", 0o644, dir_fd=fd)
    do.mkdir("late", 0o755, dir_fd=fd)
    do.stat(".", dir_fd=fd)
    do.stat("..", dir_fd=fd)


@case
def a_directory_may_be_removed_under_those_in_it(do):
    do.mkdir("dir", 0o755)
    do.chdir("dir")
    do.rmdir("../dir")
    do.call("getcwd", os.getcwd)
    do.stat(".")
    do.list(".")
    do.open("file", "WRONLY|CREAT", 0o644)
    do.mkdir("sub", 0o755)
    do.symlink("x", "link")
    do.rename(".", "y")
    do.chdir("..")
