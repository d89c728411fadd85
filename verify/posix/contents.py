"""Contents: positions, appends, lengths, holes, room, copies, descriptors, programs."""

import array
import ctypes
import os
import signal
import socket
import subprocess

from recording import Turn, case, pattern

ONE = 61001
PAGE, MIB = 4096, 1 << 20


@case
def reads_and_writes_go_on_where_the_last_ended(do):
    fd = do.open("file", "RDWR|CREAT", 0o644)
    do.write(fd, b"0123456789")
    do.lseek(fd, 0, "CUR")
    do.lseek(fd, 3, "SET")
    do.read(fd, 4)
    do.read(fd, 100)
    do.read(fd, 100)
    do.lseek(fd, -2, "END")
    do.write(fd, b"AB CD")
    do.lseek(fd, -1, "SET")
    do.lseek(fd, 5, "END")
    do.read(fd, 1)
    do.write(fd, b"behind a gap")
    do.write(fd, b"")
    do.close(fd)
    do.see("file")


@case
def positioned_calls_leave_the_position(do):
    fd = do.open("file", "RDWR|CREAT", 0o644)
    do.pwrite(fd, b"at ten", 10)
    do.lseek(fd, 0, "CUR")
    do.pread(fd, 100, 0)
    do.pread(fd, 100, 13)
    do.pread(fd, 100, 16)
    do.pread(fd, 100, 10_000)
    do.pread(fd, 1, -1)
    do.pwrite(fd, b"x", -1)
    do.pwrite(fd, b"far", 3 * PAGE - 1)
    do.fstat(fd)
    do.pread(fd, 8, 3 * PAGE - 4)
    do.close(fd)
    do.see("file")


@case
def vectors_are_read_and_written_at_once(do):
    fd = do.open("file", "RDWR|CREAT", 0o644)
    do.writev(fd, [b"one ", b"", b"two ", b"three"])
    do.lseek(fd, 0, "SET")
    parts = [bytearray(3), bytearray(5), bytearray(50)]
    do.call("readv", os.readv, fd, parts)
    do.say("the parts", repr([bytes(p) for p in parts[:2]]))
    do.pwritev(fd, [pattern(5000), pattern(70_000, 2)], 5)
    parts = [bytearray(10), bytearray(40_000)]
    do.call("preadv", os.preadv, fd, parts, 4_000)
    do.see("file")
    do.pwritev(fd, [b"end"], 80_000)
    do.close(fd)
    do.see("file")


@case
def appends_go_to_the_end(do):
    do.make("file", b"0123")
    one, other = do.fd("file", "RDWR|APPEND"), do.fd("file", "WRONLY|APPEND")
    do.write(one, b"one ")
    do.write(other, b"other ")
    do.lseek(one, 0, "SET")
    do.write(one, b"again ")
    do.lseek(one, 0, "CUR")
    do.pwrite(one, b"positioned ", 2)  # Linux appends all the same
    do.truncate("file", 6)
    do.write(other, b"after the cut")
    do.close(one)
    do.close(other)
    do.see("file")


@case
def many_append_and_no_line_is_lost(do):
    def work(number):
        fd = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        for i in range(100):
            os.write(fd, b"process %d line %d\n" % (number, i))
        os.close(fd)

    children = [do.child(lambda i=i: work(i), "child %d" % i) for i in range(4)]
    for child in children:
        child.end()
    lines = do.contents("log").splitlines()
    do.say("lines", len(lines))
    do.true("each is there", lambda: set(lines) == {
        b"process %d line %d" % (n, i) for n in range(4) for i in range(100)})
    do.true("in the order of their process", lambda: all(
        [line for line in lines if line.startswith(b"process %d " % n)]
        == [b"process %d line %d" % (n, i) for i in range(100)] for n in range(4)))


@case
def what_one_process_writes_another_reads_at_once(do):
    do.make("file", b"." * 30)
    turns = [Turn(), Turn()]
    reader = do.fd("file", "RDONLY")

    def write():
        fd = os.open("file", os.O_RDWR)
        for i in range(5):
            do.pwrite(fd, b"round %d" % i, i)
            turns[0].give()
            turns[1].take()
        os.close(fd)

    child = do.child(write)
    for _ in range(5):
        turns[0].take()
        do.pread(reader, 30, 0)
        do.see("file")
        turns[1].give()
    child.end()
    do.see("file")


@case
def files_are_synced(do):
    fd = do.open("file", "RDWR|CREAT", 0o644)
    do.fsync(fd)
    do.write(fd, b"data")
    do.fdatasync(fd)
    do.fsync(fd)
    do.see("file")
    do.fsync(do.fd("file", "RDONLY"))
    directory = do.fd(".", "RDONLY|DIRECTORY")
    do.fsync(directory)
    do.fdatasync(directory)
    do.syncfs(directory)
    do.unlink("file")
    do.fsync(fd)
    do.fsync(directory)
    fd = do.open("synced", "WRONLY|CREAT|SYNC", 0o644)
    do.write(fd, b"at once")
    fd = do.open("synced", "WRONLY|DSYNC|APPEND", 0o644)
    do.write(fd, b", again")
    do.see("synced")
    do.mkfifo("fifo", 0o600)
    do.fsync(do.fd("fifo", "RDONLY|NONBLOCK"))


@case
def a_database_rewrites_pages_and_syncs(do):
    do.make("pages", bytes(64 * PAGE))
    expected = bytearray(64 * PAGE)
    fd = do.fd("pages")
    for i in range(40):
        page, data = i * 13 % 64, pattern(PAGE, i)
        os.pwrite(fd, data, page * PAGE)
        expected[page * PAGE:(page + 1) * PAGE] = data
        if i % 10 == 9:
            do.fdatasync(fd)
            do.true("as written", lambda: do.contents("pages") == bytes(expected))
    do.close(fd)
    do.see("pages")


@case
def aligned_blocks_pass_the_page_cache(do):
    do.make("file", pattern(4 * PAGE))
    fd = do.open("file", "RDWR|DIRECT")
    block = memoryview(bytearray(3 * PAGE))
    before = -ctypes.addressof(ctypes.c_char.from_buffer(block)) % PAGE
    aligned = block[before:before + PAGE]
    do.call("preadv", os.preadv, fd, [aligned], PAGE)
    do.say("read", aligned[:6].hex())
    aligned[:] = pattern(PAGE, 9)
    do.call("pwritev", os.pwritev, fd, [aligned], 2 * PAGE)
    do.see("file")
    do.close(fd)
    do.see("file")


@case
def duplicates_share_their_position(do):
    do.make("file", b"0123456789")
    fd = do.fd("file")
    other = do.dup(fd)
    do.read(fd, 3)
    do.read(other, 3)
    do.in_child(lambda: do.read(other, 2))
    do.read(fd, 1)
    do.close(fd)
    do.write(other, b"x")
    do.see("file")
    do.close(other)
    do.close(other)
    do.read(fd, 1)
    do.see("file")
    first = do.fd("file", "WRONLY")
    second = do.fd("file", "WRONLY")
    do.write(first, b"first")
    do.write(second, b"SEC")
    do.close(second)
    do.write(first, b"+more")
    do.close(first)
    do.see("file")


@case
def descriptors_are_passed_on(do):
    do.make("file", b"0123456789")
    here, there = socket.socketpair()

    def use():
        _, ancillary, _, _ = there.recvmsg(1, 100)
        fd = array.array("i", ancillary[0][2])[0]
        do.call("read what was passed", os.read, fd, 4)
        do.call("write to it", os.write, fd, b"X")
        there.send(b".")

    child = do.child(use)
    fd = do.fd("file")
    socket.send_fds(here, [b"."], [fd])
    here.recv(1)
    do.read(fd, 2)
    child.end()
    do.close(fd)
    do.see("file")


@case
def a_child_closes_what_its_parent_opened(do):
    fd = do.open("file", "WRONLY|CREAT", 0o644)
    do.write(fd, b"parent ")

    def work():
        do.write(fd, b"child ")
        do.close(fd)

    do.in_child(work)
    do.write(fd, b"parent again")
    do.close(fd)
    do.see("file")

    def last():
        fd = do.open("by-child", "WRONLY|CREAT", 0o644)
        do.write(fd, b"never closed")

    do.in_child(last)
    do.see("by-child")

    def killed():
        fd = do.open("by-killed", "WRONLY|CREAT", 0o644)
        do.write(fd, b"before the end")
        os.kill(os.getpid(), signal.SIGKILL)

    do.in_child(killed)
    do.see("by-killed")


@case
def programs_are_run_from_here(do):
    with open("/bin/cat", "rb") as file:
        do.make("cat", file.read(), 0o755)
    do.make("script", b"#!/bin/sh\necho script $1\n", 0o755)
    do.make("data", b"#!/bin/sh\necho no\n", 0o644)
    do.call("run", lambda: subprocess.run(
        ["./cat", "script"], stdout=subprocess.PIPE, check=True).stdout)
    do.call("run a script", lambda: subprocess.run(
        ["./script", "one"], stdout=subprocess.PIPE, check=True).stdout)
    do.call("run what may not be run", lambda: subprocess.run(["./data"], check=True))
    do.chmod("script", 0o700)
    do.call("interpret", lambda: subprocess.run(
        ["/bin/sh", "data"], stdout=subprocess.PIPE, check=True).stdout)
    do.chmod("data", 0o711)
    do.rename("script", "renamed")
    do.call("run it renamed", lambda: subprocess.run(
        ["./renamed", "two"], stdout=subprocess.PIPE, check=True).stdout)
    with do.user(ONE):
        do.access("renamed", "X")
        do.access("data", "X")


@case
def a_running_program_is_not_written(do):
    with open("/bin/cat", "rb") as file:
        do.make("cat", file.read(), 0o755)
    running = subprocess.Popen(["./cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    running.stdin.write(b"up\n")
    running.stdin.flush()
    do.say("it says", repr(running.stdout.readline()))
    do.open("cat", "WRONLY")
    do.open("cat", "RDWR|TRUNC")
    do.truncate("cat", 0)
    do.close(do.open("cat", "RDONLY"))
    do.rename("cat", "moved")
    do.unlink("moved")
    running.stdin.write(b"still up\n")
    running.stdin.close()
    do.say("it says", repr(running.stdout.readline()))
    do.say("it ends with", running.wait())
    with open("/bin/cat", "rb") as file:
        do.make("cat", file.read(), 0o755)
    fd = do.open("cat", "WRONLY")
    do.call("run what is written", lambda: subprocess.run(["./cat", "/dev/null"], check=True))
    do.close(fd)
    do.call("run it", lambda: subprocess.run(["./cat", "/dev/null"], check=True).returncode)


@case
def large_writes_are_whole(do):
    data = pattern(5 * MIB + 3)
    fd = do.open("file", "RDWR|CREAT", 0o644)
    do.call("write", os.write, fd, data)
    do.call("pread", os.pread, fd, len(data), 0)
    do.pwrite(fd, pattern(2 * MIB, 5), MIB + 1)
    do.see("file")
    do.close(fd)
    do.see("file")
    reader = do.fd("file", "RDONLY")
    do.pread(reader, 3 * MIB, 777)
    do.call("advise", os.posix_fadvise, reader, 0, 0, os.POSIX_FADV_DONTNEED)
    do.pread(reader, 100, 4 * MIB)
