"""The length of files and the room they take: truncation, holes, allocation, copies of ranges."""

import os
import resource
import signal
import socket

from recording import case, pattern

PAGE, MIB = 4096, 1 << 20


@case
def truncating_cuts_and_fills_with_zeros(do):
    do.make("file", pattern(3 * PAGE))
    do.truncate("file", PAGE + 100)
    do.truncate("file", 2 * PAGE)
    do.see("file")
    do.true("zeros from the cut on", lambda: do.contents("file")[PAGE + 100:] == bytes(PAGE - 100))
    fd = do.fd("file")
    do.lseek(fd, 5000, "SET")
    do.ftruncate(fd, 10)
    do.lseek(fd, 0, "CUR")
    do.read(fd, 5)
    do.write(fd, b"far")
    do.see("file")
    do.ftruncate(fd, 0)
    do.ftruncate(fd, 5 * MIB)
    do.fstat(fd)
    do.ftruncate(fd, -1)
    do.close(fd)
    do.true("all zeros", lambda: do.contents("file") == bytes(5 * MIB))
    do.truncate("missing", 0)
    do.truncate(".", 0)
    do.truncate("file/", 0)
    do.truncate("file", 3)
    do.see("file")


@case
def one_that_truncates_is_seen_by_all_that_have_it_open(do):
    do.make("file", pattern(PAGE))
    reader, writer = do.fd("file", "RDONLY"), do.fd("file", "RDWR")
    do.pread(reader, PAGE, 0)
    do.truncate("file", 10)
    do.fstat(reader)
    do.pread(reader, PAGE, 0)
    do.pread(reader, PAGE, 10)
    do.pwrite(writer, b"new", 20)
    do.pread(reader, PAGE, 0)
    do.in_child(lambda: do.see("file"))
    do.close(writer)
    do.pread(reader, PAGE, 0)


@case
def holes_read_as_zeros(do):
    fd = do.open("file", "RDWR|CREAT", 0o644)
    do.pwrite(fd, b"start", 0)
    do.pwrite(fd, b"middle", 2 * MIB)
    do.ftruncate(fd, 4 * MIB)
    do.fstat(fd)
    for name in ("open", "closed"):
        at = os.lseek(fd, 0, os.SEEK_DATA)
        do.say("data from the start while " + name, at)
        at = os.lseek(fd, 100_000, os.SEEK_DATA)
        do.true("no data is skipped", lambda at=at: at <= 2 * MIB)
        hole = os.lseek(fd, 2 * MIB, os.SEEK_HOLE)
        do.true("no hole in data", lambda hole=hole: 2 * MIB + 6 <= hole <= 4 * MIB)
        do.lseek(fd, 4 * MIB - 1, "HOLE")
        do.lseek(fd, 4 * MIB, "DATA")
        do.lseek(fd, 4 * MIB, "HOLE")
        do.lseek(fd, -1, "DATA")
        do.close(fd)
        do.true("zeros elsewhere", lambda: do.contents("file") == (
            b"start" + bytes(2 * MIB - 5) + b"middle" + bytes(2 * MIB - 6)))
        fd = do.fd("file", "RDONLY")
    do.true("holes take no room", lambda: os.stat("file").st_blocks * 512 < 2 * MIB)
    do.make("empty")
    fd = do.fd("empty", "RDONLY")
    do.lseek(fd, 0, "DATA")
    do.lseek(fd, 0, "HOLE")


@case
def room_is_taken_in_advance(do):
    fd = do.open("file", "RDWR|CREAT", 0o644)
    do.write(fd, b"contents")
    do.fallocate(fd, "", 4, 100)
    do.see("file")
    do.fallocate(fd, "KEEP_SIZE", 0, 10 * PAGE)
    do.see("file")
    do.fallocate(fd, "", 0, 50)
    do.see("file")
    do.call("posix_fallocate", os.posix_fallocate, fd, 0, 2 * PAGE)
    do.fstat(fd)
    do.fallocate(fd, "", 0, 0)
    do.fallocate(fd, "", -1, 10)
    do.fallocate(fd, "PUNCH_HOLE", 0, 10)
    do.fallocate(do.fd("file", "RDONLY"), "", 0, 10)
    do.fallocate(do.fd(".", "RDONLY"), "", 0, 10)
    do.close(fd)
    do.see("file")


def _ranges(do, how):
    do.make("file", pattern(8 * PAGE))
    fd = do.fd("file")
    do.fallocate(fd, how, 2 * PAGE, 2 * PAGE)
    do.see("file")
    do.fallocate(fd, how, 100, 50)
    do.see("file")
    do.fallocate(fd, how, 7 * PAGE + 5, 4 * PAGE)
    do.see("file")
    do.fallocate(fd, how, 64 * PAGE, PAGE)
    do.close(fd)
    do.see("file")


@case
def holes_are_punched(do):
    _ranges(do, "PUNCH_HOLE|KEEP_SIZE")


@case
def ranges_are_zeroed(do):
    _ranges(do, "ZERO_RANGE")


@case
def ranges_are_zeroed_without_making_the_file_longer(do):
    _ranges(do, "ZERO_RANGE|KEEP_SIZE")


@case
def ranges_are_collapsed(do):
    _ranges(do, "COLLAPSE_RANGE")


@case
def ranges_are_inserted(do):
    _ranges(do, "INSERT_RANGE")


@case
def ranges_are_copied_between_files(do):
    data = pattern(3 * MIB + 17)
    do.make("from", data)
    source, target = do.fd("from", "RDONLY"), do.open("to", "RDWR|CREAT", 0o644)
    left = len(data)
    while left > 0:
        copied = os.copy_file_range(source, target, left)
        if copied == 0:
            break
        left -= copied
    do.say("left over", left)
    do.see("to")
    do.copy_file_range(source, target, 10)
    do.copy_file_range(source, target, 100, 50, 4 * MIB)
    do.copy_file_range(source, target, 100, len(data) - 7, 0)
    do.copy_file_range(source, target, 100, len(data) + 7, 0)
    do.copy_file_range(source, target, 0, 0, 0)
    do.see("to")
    do.copy_file_range(target, target, 1000, 0, 500)
    do.copy_file_range(target, target, 1000, 0, 5000)
    do.copy_file_range(source, source, 10, 0, 100)
    do.copy_file_range(target, do.fd("to", "WRONLY|APPEND"), 10)
    do.copy_file_range(do.fd("to", "WRONLY"), target, 10)
    do.copy_file_range(do.fd(".", "RDONLY"), target, 10)
    do.close(target)
    do.see("to", "from")


@case
def files_are_sent_into_files_and_sockets(do):
    data = pattern(300_000)
    do.make("from", data)
    source, target = do.fd("from", "RDONLY"), do.open("to", "RDWR|CREAT", 0o644)
    do.sendfile(target, source, 100_000, 200_000)
    do.see("to")
    here, there = socket.socketpair()
    do.call("sendfile to a socket", os.sendfile, here.fileno(), source, 5, 100)
    do.say("received", repr(there.recv(100)))
    end, start = os.pipe()
    do.call("splice to a pipe", os.splice, source, start, 1000, offset_src=7)
    do.call("splice from a pipe", os.splice, end, target, 1000, offset_dst=50_000)
    do.close(target)
    do.see("to")


@case
def a_limit_of_file_size_is_kept(do):
    limit = 8 * MIB  # more than the kit prints

    def work():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        fd = do.open("file", "RDWR|CREAT", 0o644)
        do.pwrite(fd, pattern(5_000), limit - 1_000)
        do.pwrite(fd, b"x", limit)
        do.ftruncate(fd, limit + 1)
        do.fallocate(fd, "", 0, limit + 1)
        do.fstat(fd)

    do.in_child(work)
    do.see("file")
