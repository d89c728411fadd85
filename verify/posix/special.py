"""Files of other kinds: FIFOs, sockets, device nodes, files without a name."""

import os
import socket
import stat

from recording import case

ONE = 61001


@case
def fifos_pass_bytes(do):
    do.mkfifo("fifo", 0o640)
    do.lstat("fifo")
    do.open("fifo", "WRONLY|NONBLOCK")
    reader = do.open("fifo", "RDONLY|NONBLOCK")
    do.read(reader, 10)
    writer = do.open("fifo", "WRONLY|NONBLOCK")
    do.write(writer, b"through")
    do.read(reader, 20)
    do.read(reader, 20)
    do.close(writer)
    do.read(reader, 20)
    do.close(reader)

    def write():
        fd = do.open("fifo", "WRONLY")
        do.write(fd, b"from a child")

    child = do.child(write)
    fd = os.open("fifo", os.O_RDONLY)
    do.say("read", repr(os.read(fd, 100)))
    child.end()
    do.lstat("fifo")
    do.rename("fifo", "moved")
    do.link("moved", "linked")
    do.lstat("linked")
    do.truncate("linked", 0)
    do.unlink("moved")
    do.unlink("linked")


@case
def sockets_are_names_to_connect_to(do):
    server = socket.socket(socket.AF_UNIX)
    do.call("bind", server.bind, "socket")
    do.lstat("socket")
    server.listen(1)
    client = socket.socket(socket.AF_UNIX)
    do.call("connect", client.connect, "socket")
    accepted, _ = server.accept()
    client.sendall(b"hello")
    do.say("received", repr(accepted.recv(10)))
    do.call("bind again", socket.socket(socket.AF_UNIX).bind, "socket")
    do.open("socket", "RDWR")
    do.rename("socket", "moved")
    do.call("connect to the new name", socket.socket(socket.AF_UNIX).connect, "moved")
    server.close()
    do.call("connect to a dead one", socket.socket(socket.AF_UNIX).connect, "moved")
    do.make("file")
    do.call("connect to a file", socket.socket(socket.AF_UNIX).connect, "file")
    do.call("connect to nothing", socket.socket(socket.AF_UNIX).connect, "missing")
    do.chmod("moved", 0o700)
    do.lstat("moved")
    do.unlink("moved")


@case
def devices_are_names(do):
    do.mknod("null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    do.mknod("loop", 0o660 | stat.S_IFBLK, os.makedev(7, 200))
    do.mknod("large", 0o600 | stat.S_IFCHR, os.makedev(511, 70000))
    do.mknod("regular", 0o644 | stat.S_IFREG)
    do.mknod("socket", 0o644 | stat.S_IFSOCK)
    do.mknod("null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    for name in ("null", "loop", "large", "regular", "socket"):
        do.lstat(name)
    do.chown("null", ONE, ONE)
    do.rename("null", "moved")
    do.link("moved", "linked")
    do.lstat("linked")
    do.chmod(".", 0o777)
    with do.user(ONE):
        do.mknod("mine", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        do.mknod("fifo", 0o644 | stat.S_IFIFO)
        do.mknod("file", 0o644 | stat.S_IFREG)
        do.lstat("file")
    for name in ("moved", "linked", "loop", "large"):
        do.unlink(name)
    do.list()


@case
def a_device_is_opened(do):
    os.mknod("zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    do.read(do.open("zero", "RDONLY"), 3)


@case
def files_without_a_name_can_get_one(do):
    fd = do.open(".", "TMPFILE|RDWR", 0o640)
    do.write(fd, b"unnamed")
    do.fstat(fd)
    do.list()
    do.link_open(fd, "named")
    do.see("named")
    do.write(fd, b", then named")
    do.close(fd)
    do.see("named")
    private = do.open(".", "TMPFILE|RDWR|EXCL", 0o600)
    do.link_open(private, "never")
    do.open(".", "TMPFILE|RDONLY", 0o600)
    do.open("missing", "TMPFILE|RDWR", 0o600)
    lost = do.open(".", "TMPFILE|WRONLY", 0o600)
    do.write(lost, b"lost")
    do.close(lost)
    do.list()
