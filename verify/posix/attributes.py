"""Extended attributes, access lists, and what a file system says of itself."""

import os
import struct

from recording import case

ONE, OTHER, GROUP = 61001, 61002, 61050
_TAGS = {"owner": 1, "user": 2, "group-owner": 4, "group": 8, "mask": 16, "other": 32}


def acl(*entries):
    """An access list as the kernel takes it: (tag, permissions, id)."""
    packed = struct.pack("<I", 2)
    for tag, permissions, *who in entries:
        packed += struct.pack("<HHI", _TAGS[tag], permissions, *(who or [0xFFFFFFFF]))
    return packed


def _names(do, path, follow=True):
    do.call("names of attributes", lambda p: sorted(os.listxattr(p, follow_symlinks=follow)), path)


@case
def attributes_are_set_read_and_removed(do):
    do.make("file")
    do.mkdir("dir", 0o755)
    for name in ("file", "dir"):
        do.getxattr(name, "user.a")
        do.setxattr(name, "user.a", b"value")
        do.setxattr(name, "user.b", b"\x00\xff binary")
        do.setxattr(name, "user.empty", b"")
        do.getxattr(name, "user.a")
        do.getxattr(name, "user.b")
        do.getxattr(name, "user.empty")
        _names(do, name)
        do.setxattr(name, "user.a", b"another", "CREATE")
        do.setxattr(name, "user.c", b"another", "REPLACE")
        do.setxattr(name, "user.a", b"another", "REPLACE")
        do.setxattr(name, "user.c", b"third", "CREATE")
        do.getxattr(name, "user.a")
        do.removexattr(name, "user.b")
        do.removexattr(name, "user.b")
        _names(do, name)
    do.getxattr("missing", "user.a")
    do.setxattr("missing", "user.a", b"x")


@case
def room_for_attributes_is_checked(do):
    do.make("file")
    do.setxattr("file", "user.a", b"0123456789")
    do.setxattr("file", "user.b", b"x")
    for room in (0, 5, 9, 10, 100):
        do.getxattr_into("file", "user.a", room)
    for room in (0, 5, 13, 14, 100):
        do.listxattr_into("file", room)
    do.setxattr("file", "user." + "n" * 250, b"long name")
    do.setxattr("file", "user." + "n" * 251, b"too long a name")
    do.setxattr("file", "user.", b"no name")
    do.setxattr("file", "", b"nothing")
    do.setxattr("file", "user.large", b"v" * 2000)
    do.setxattr("file", "user.too-large", b"v" * 65537)
    do.getxattr("file", "user.large")


@case
def a_value_of_64_kib_is_kept(do):
    do.make("file")
    do.setxattr("file", "user.largest", b"v" * 65536)
    do.getxattr("file", "user.largest")


@case
def attributes_go_with_the_file(do):
    do.make("a", b"A")
    do.setxattr("a", "user.name", b"of a")
    do.rename("a", "b")
    do.getxattr("b", "user.name")
    do.link("b", "c")
    do.setxattr("c", "user.name", b"by the link")
    do.getxattr("b", "user.name")
    fd = do.fd("b")
    do.call(
        "fsetxattr", os.setxattr, fd, "user.open", b"while open")
    do.pwrite(fd, b"changed", 0)
    do.getxattr(fd, "user.open")
    do.close(fd)
    _names(do, "c")
    do.make("new", b"N")
    do.rename("new", "b")
    _names(do, "b")
    _names(do, "c")
    do.unlink("c")
    do.make("c")
    _names(do, "c")


@case
def attributes_need_the_right_name_and_file(do):
    do.make("file")
    do.symlink("file", "link")
    do.symlink("nowhere", "dangling")
    do.mkfifo("fifo", 0o644)
    do.setxattr("file", "nonsense.a", b"x")
    do.setxattr("file", "plain", b"x")
    do.setxattr("file", "trusted.a", b"root's")
    do.getxattr("file", "trusted.a")
    do.setxattr("link", "user.a", b"through the link")
    do.getxattr("file", "user.a")
    do.setxattr("link", "user.a", b"of the link", follow=False)
    do.setxattr("link", "trusted.a", b"of the link", follow=False)
    _names(do, "link", follow=False)
    do.setxattr("dangling", "user.a", b"x")
    do.setxattr("fifo", "user.a", b"x")
    do.setxattr("fifo", "trusted.a", b"x")
    do.getxattr("fifo", "trusted.a")
    _names(do, "file")


@case
def attributes_need_the_rights_of_contents(do):
    do.make("file")
    do.setxattr("file", "user.a", b"a")
    do.setxattr("file", "trusted.a", b"t")
    do.make("closed", mode=0o600)
    do.setxattr("closed", "user.a", b"a")
    do.mkdir("sticky", 0o777)
    do.chmod("sticky", 0o1777)
    with do.user(OTHER):
        do.setxattr("file", "user.a", b"b")
        do.getxattr("file", "user.a")
        do.removexattr("file", "user.a")
        do.getxattr("closed", "user.a")
        _names(do, "closed")
        do.getxattr("file", "trusted.a")
        do.setxattr("file", "trusted.a", b"x")
        _names(do, "file")
        do.setxattr("sticky", "user.a", b"x")
    do.make("mine")
    do.chown("mine", ONE, ONE)
    with do.user(ONE):
        do.setxattr("mine", "user.a", b"b")
        do.chmod("mine", 0o400)
        do.setxattr("mine", "user.a", b"c")
        do.getxattr("mine", "user.a")


@case
def access_lists_allow_and_refuse(do):
    do.make("file", b"contents", 0o640)
    list_of_one = acl(("owner", 6), ("user", 4, ONE), ("group-owner", 4), ("mask", 4), ("other", 0))
    do.setxattr("file", "system.posix_acl_access", list_of_one)
    do.getxattr("file", "system.posix_acl_access")
    do.lstat("file")
    _names(do, "file")
    with do.user(ONE):
        do.close(do.open("file", "RDONLY"))
        do.open("file", "WRONLY")
        do.setxattr("file", "system.posix_acl_access", list_of_one)
    with do.user(OTHER):
        do.open("file", "RDONLY")
    do.chmod("file", 0o600)
    do.getxattr("file", "system.posix_acl_access")
    with do.user(ONE):
        do.open("file", "RDONLY")
    do.removexattr("file", "system.posix_acl_access")
    do.lstat("file")
    do.setxattr("file", "system.posix_acl_access", acl(("owner", 6), ("group-owner", 4), ("other", 4)))
    do.lstat("file")
    do.setxattr("file", "system.posix_acl_access", acl(("owner", 6)))
    do.setxattr("file", "system.posix_acl_access", b"nonsense")
    do.setxattr("file", "system.posix_acl_default", list_of_one)


@case
def access_lists_are_passed_on(do):
    do.mkdir("dir", 0o755)
    inherited = acl(("owner", 7), ("user", 6, ONE), ("group-owner", 5), ("mask", 7), ("other", 0))
    do.setxattr("dir", "system.posix_acl_default", inherited)
    do.lstat("dir")
    os.umask(0o077)
    do.close(do.open("dir/file", "WRONLY|CREAT", 0o664))
    do.mkdir("dir/sub", 0o777)
    for name in ("dir/file", "dir/sub"):
        do.lstat(name)
        do.getxattr(name, "system.posix_acl_access")
        do.getxattr(name, "system.posix_acl_default")
    with do.user(ONE):
        do.open("dir/file", "RDWR")
    do.symlink("x", "dir/link")
    do.lstat("dir/link")


@case
def a_file_system_says_what_it_has(do):
    seen = os.statvfs(".")
    do.say("longest name", seen.f_namemax)
    do.true("blocks have a size", lambda: seen.f_bsize >= 512 and seen.f_frsize >= 512)
    do.true("less is free than there is", lambda: 0 < seen.f_blocks >= seen.f_bfree)
    do.true("less is for users than is free", lambda: seen.f_bfree >= seen.f_bavail > 0)
    do.true("files are counted", lambda: seen.f_files >= seen.f_ffree > 0)
    do.true("it is writable", lambda: not seen.f_flag & os.ST_RDONLY)
    do.make("file", b"x" * 10_000)
    do.true("a file's blocks hold it", lambda: os.stat("file").st_blocks * 512 >= 10_000)
    do.true("blocks are good for reading", lambda: os.stat("file").st_blksize >= 4096)
    do.call("longest path", os.pathconf, "file", "PC_PATH_MAX")
    do.call("most links", lambda: os.pathconf("file", "PC_LINK_MAX") >= 100)
