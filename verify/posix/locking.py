"""Locks: flock, records by fcntl, and those that belong to the open file."""

import fcntl
import os
import signal
import struct

from recording import Turn, case

_FLOCK = "hhqqi4x"
_KINDS = {"RD": fcntl.F_RDLCK, "WR": fcntl.F_WRLCK, "UN": fcntl.F_UNLCK}
_HOW = {"SH": fcntl.LOCK_SH, "EX": fcntl.LOCK_EX, "UN": fcntl.LOCK_UN}


def flock(do, fd, how, wait=False):
    """Locks the file, without waiting unless said."""
    more = 0 if wait else fcntl.LOCK_NB
    do.call("flock", lambda f, h: fcntl.flock(f, _HOW[h] | more), fd, how)


def record(do, fd, kind, start=0, length=0, wait=False, whence=os.SEEK_SET):
    """Locks bytes of a file, without waiting unless said."""
    command = fcntl.F_SETLKW if wait else fcntl.F_SETLK

    def call(f, k, s, n):
        fcntl.fcntl(f, command, struct.pack(_FLOCK, _KINDS[k], whence, s, n, 0))

    do.call("lock", call, fd, kind, start, length)


def who(do, fd, kind, start=0, length=0, pids=()):
    """Who is in the way of such a lock."""

    def call(f, k, s, n):
        answer = fcntl.fcntl(f, fcntl.F_GETLK, struct.pack(_FLOCK, _KINDS[k], 0, s, n, 0))
        found, _, at, size, pid = struct.unpack(_FLOCK, answer)
        if found == fcntl.F_UNLCK:
            return "nobody"
        name = next(n for n, v in _KINDS.items() if v == found)
        return "%s %d+%d, %s" % (
            name, at, size, "the right process" if pid in pids else "another process")

    do.call("who has", call, fd, kind, start, length)


@case
def flock_locks_are_held_by_open_files(do):
    do.make("file")
    one, two = do.fd("file", "RDONLY"), do.fd("file", "RDWR")
    flock(do, one, "SH")
    flock(do, two, "SH")
    flock(do, two, "EX")
    flock(do, one, "UN")
    flock(do, two, "EX")
    flock(do, one, "SH")
    other = do.dup(two)
    do.close(two)
    flock(do, one, "EX")
    flock(do, other, "SH")
    flock(do, one, "SH")
    do.close(other)
    flock(do, one, "EX")
    directory, again = do.fd(".", "RDONLY"), do.fd(".", "RDONLY")
    flock(do, directory, "EX")
    flock(do, again, "SH")


@case
def flock_locks_exclude_other_processes(do):
    do.make("file")
    fd = do.fd("file")
    flock(do, fd, "EX")
    do.in_child(lambda: flock(do, do.fd("file"), "EX"))
    do.in_child(lambda: flock(do, fd, "SH"))  # the same open file: now it is shared
    do.in_child(lambda: flock(do, do.fd("file"), "SH"))
    do.in_child(lambda: flock(do, do.fd("file"), "EX"))
    do.in_child(lambda: do.close(fd))
    do.in_child(lambda: flock(do, do.fd("file"), "EX"))
    do.in_child(lambda: flock(do, fd, "UN"))
    do.in_child(lambda: flock(do, do.fd("file"), "EX"))
    do.in_child(lambda: flock(do, do.fd("file", "RDONLY"), "EX"))


@case
def who_waits_for_a_flock_gets_it(do):
    do.make("file")
    fd = do.fd("file")
    flock(do, fd, "EX")
    given, asked = Turn(), Turn()

    def wait():
        mine = do.fd("file")
        asked.give()
        flock(do, mine, "EX", wait=True)
        do.true("it was given back before", given.given)

    child = do.child(wait)
    asked.take()
    child.await_asleep()
    given.give()
    flock(do, fd, "UN")
    child.end()


def _interrupted(do, lock):
    asked = Turn()

    def wait():
        signal.signal(signal.SIGUSR1, _stop)
        mine = do.fd("file")
        asked.give()
        try:
            lock(mine)
        except InterruptedError:
            do.say("the wait ends", "interrupted")

    child = do.child(wait)
    asked.take()
    child.await_asleep()
    os.kill(child.pid, signal.SIGUSR1)
    child.end()


def _stop(number, frame):
    raise InterruptedError


@case
def a_wait_for_a_flock_is_interrupted(do):
    do.make("file")
    fd = do.fd("file")
    flock(do, fd, "EX")
    _interrupted(do, lambda mine: fcntl.flock(mine, fcntl.LOCK_EX))
    do.close(fd)
    flock(do, do.fd("file"), "EX")


@case
def a_wait_for_a_record_is_interrupted(do):
    do.make("file")
    fd = do.fd("file")
    record(do, fd, "WR")
    _interrupted(do, lambda mine: fcntl.lockf(mine, fcntl.LOCK_EX))
    do.close(fd)
    do.in_child(lambda: record(do, do.fd("file"), "WR"))


@case
def a_killed_process_loses_its_locks(do):
    do.make("file")
    locked = Turn()

    def hold():
        fd = do.fd("file")
        flock(do, fd, "EX")
        record(do, fd, "WR", 0, 10)
        locked.give()
        signal.pause()

    child = do.child(hold)
    locked.take()
    fd = do.fd("file")
    flock(do, fd, "EX")
    record(do, fd, "RD")
    who(do, fd, "WR", pids=[child.pid])
    child.kill()
    flock(do, fd, "EX")
    record(do, fd, "RD")


@case
def records_are_locked_by_processes(do):
    do.make("file", b"0123456789" * 10)
    fd = do.fd("file")
    record(do, fd, "WR", 10, 10)
    record(do, fd, "RD", 40, 10)
    record(do, fd, "WR", 60, 20)
    record(do, fd, "UN", 65, 5)
    parent = os.getpid()

    def look():
        mine = do.fd("file")
        for start, length in ((0, 10), (0, 11), (15, 1), (20, 20), (40, 1), (60, 1), (65, 5), (69, 2)):
            for kind in ("RD", "WR"):
                who(do, mine, kind, start, length, pids=[parent])
                record(do, mine, kind, start, length)
                record(do, mine, "UN", start, length)
        record(do, mine, "WR", 90, 0)
        record(do, mine, "WR", -10, 10, whence=os.SEEK_END)
        record(do, mine, "UN", -1, 1)

    do.in_child(look)
    who(do, fd, "WR")
    record(do, do.fd("file", "RDONLY"), "WR", 0, 1)
    record(do, do.fd("file", "WRONLY"), "RD", 0, 1)


@case
def closing_any_descriptor_ends_the_records_of_a_process(do):
    do.make("file", b"0123456789")
    fd = do.fd("file")
    record(do, fd, "WR", 0, 5)
    do.in_child(lambda: record(do, fd, "WR", 0, 5))
    do.in_child(lambda: do.close(fd))
    do.in_child(lambda: record(do, do.fd("file"), "WR", 0, 5))
    do.close(do.fd("file", "RDONLY"))
    do.in_child(lambda: record(do, do.fd("file"), "WR", 0, 5))


@case
def who_waits_for_a_record_gets_it(do):
    do.make("file", b"0123456789")
    fd = do.fd("file")
    record(do, fd, "WR", 0, 5)
    given, asked = Turn(), Turn()

    def wait():
        mine = do.fd("file")
        asked.give()
        record(do, mine, "RD", 3, 5, wait=True)
        do.true("it was given back before", given.given)

    child = do.child(wait)
    asked.take()
    child.await_asleep()
    given.give()
    record(do, fd, "UN")
    child.end()


@case
def records_that_wait_for_each_other_are_refused(do):
    do.make("file", b"0123456789")
    fd = do.fd("file")
    record(do, fd, "WR", 0, 1)
    locked, asked = Turn(), Turn()

    def other():
        mine = do.fd("file")
        record(do, mine, "WR", 5, 1)
        locked.give()
        asked.give()
        record(do, mine, "WR", 0, 1, wait=True)

    child = do.child(other)
    locked.take()
    asked.take()
    child.await_asleep()
    record(do, fd, "WR", 5, 1, wait=True)
    do.close(fd)
    child.end()


@case
def records_may_belong_to_the_open_file(do):
    do.make("file", b"0123456789")
    one, two = do.fd("file"), do.fd("file")
    do.record_lock(one, "SETLK", "WRLCK", 0, 5)
    do.record_lock(two, "SETLK", "WRLCK", 3, 5)
    do.record_lock(two, "GETLK", "WRLCK", 3, 5)
    do.record_lock(two, "SETLK", "RDLCK", 5, 5)
    do.close(do.fd("file"))
    do.record_lock(two, "SETLK", "RDLCK", 0, 1)
    record(do, two, "WR", 0, 1)
    do.close(one)
    do.record_lock(two, "SETLK", "RDLCK", 0, 1)


@case
def flock_and_records_do_not_see_each_other(do):
    do.make("file")
    fd = do.fd("file")
    flock(do, fd, "EX")
    do.in_child(lambda: record(do, do.fd("file"), "WR"))
    flock(do, fd, "UN")
    record(do, fd, "WR")
    do.in_child(lambda: flock(do, do.fd("file"), "EX"))
    do.write(fd, b"locks bind only those who ask")
    do.in_child(lambda: do.see("file"))
