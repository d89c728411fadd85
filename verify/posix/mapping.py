"""Memory that is mapped from files."""

import os
import signal

from recording import Turn, case

PAGE = 4096


@case
def shared_mappings_are_the_file(do):
    do.make("file", b"0123456789" * 1000)
    fd = do.fd("file")
    memory = do.mmap(fd, 10_000, "READ|WRITE", "SHARED")
    do.say("mapped", memory.get(9_990, 10))
    memory.put(0, b"through memory")
    do.pread(fd, 20, 0)
    do.see("file")
    do.pwrite(fd, b"by a call", 5000)
    do.say("mapped", memory.get(5000, 12))
    memory.put(9_000, b"again")
    do.call("msync", memory.sync)
    do.see("file")
    do.call("munmap", memory.end)
    do.close(fd)
    do.see("file")


@case
def private_mappings_keep_their_changes(do):
    do.make("file", b"contents")
    fd = do.fd("file", "RDONLY")
    memory = do.mmap(fd, 8, "READ|WRITE", "PRIVATE")
    memory.put(0, b"CHANGED!")
    do.say("mapped", memory.get(0, 8))
    do.see("file")
    memory.end()
    do.close(fd)
    do.see("file")


@case
def a_mapping_outlives_its_descriptor(do):
    do.make("file", bytes(3 * PAGE))
    fd = do.fd("file")
    memory = do.mmap(fd, 3 * PAGE, "READ|WRITE", "SHARED")
    memory.put(0, b"before the close")
    do.close(fd)
    do.see("file")
    memory.put(PAGE, b"after the close")
    do.see("file")
    do.in_child(lambda: do.see("file"))
    do.call("msync", memory.sync)
    memory.put(2 * PAGE, b"after the sync")
    do.call("munmap", memory.end)
    do.see("file")
    fd = do.fd("file", "RDONLY")
    do.pread(fd, 14, 2 * PAGE)


@case
def a_mapping_outlives_the_name(do):
    do.make("file", bytes(PAGE))
    do.make("other", b"other")
    fd = do.fd("file")
    memory = do.mmap(fd, PAGE, "READ|WRITE", "SHARED")
    do.close(fd)
    do.rename("file", "renamed")
    memory.put(0, b"renamed")
    do.call("msync", memory.sync)
    do.call("contents", lambda: do.contents("renamed")[:10])
    do.rename("other", "renamed")
    memory.put(10, b"replaced")
    do.call("msync", memory.sync)
    do.say("mapped", memory.get(0, 18))
    memory.end()
    do.see("renamed")
    do.list()


@case
def behind_the_end_of_the_file_a_page_is_zeros(do):
    do.make("file", b"short")
    fd = do.fd("file")
    memory = do.mmap(fd, PAGE, "READ|WRITE", "SHARED")
    do.say("behind the end", memory.get(5, 5))
    memory.put(5, b"beyond")
    do.call("msync", memory.sync)
    do.see("file")
    do.ftruncate(fd, 3)
    do.ftruncate(fd, 20)
    do.say("mapped", memory.get(0, 20))
    do.see("file")
    memory.end()


@case
def pages_behind_the_end_are_a_bus_error(do):
    do.make("file", b"x" * 100)

    def touch():
        fd = do.fd("file", "RDONLY")
        memory = do.mmap(fd, 3 * PAGE, "READ", "SHARED")
        do.say("mapped", memory.get(50, 5))
        memory.get(2 * PAGE, 1)

    do.in_child(touch)

    def cut():
        fd = do.fd("file")
        os.ftruncate(fd, 2 * PAGE)
        memory = do.mmap(fd, 2 * PAGE, "READ|WRITE", "SHARED")
        memory.put(PAGE, b"y")
        do.ftruncate(fd, 10)
        memory.put(PAGE, b"z")

    do.in_child(cut)
    do.see("file")


@case
def mappings_are_allowed_what_their_descriptor_is(do):
    do.make("file", bytes(PAGE))
    reader, writer = do.fd("file", "RDONLY"), do.fd("file", "WRONLY")
    do.mmap(reader, PAGE, "READ|WRITE", "SHARED")
    do.mmap(reader, PAGE, "READ", "SHARED")
    do.mmap(reader, PAGE, "READ|WRITE", "PRIVATE")
    do.mmap(writer, PAGE, "WRITE", "SHARED")
    do.mmap(do.fd("file"), 0, "READ", "SHARED")
    do.mmap(do.fd(".", "RDONLY"), PAGE, "READ", "SHARED")


@case
def two_processes_share_a_mapping(do):
    do.make("file", bytes(PAGE))
    turns = [Turn(), Turn()]

    def other():
        memory = do.mmap(do.fd("file"), PAGE, "READ|WRITE", "SHARED")
        turns[0].take()
        do.say("mapped", memory.get(0, 10))
        memory.put(100, b"from the child")
        turns[1].give()

    child = do.child(other)
    memory = do.mmap(do.fd("file"), PAGE, "READ|WRITE", "SHARED")
    memory.put(0, b"from here ")
    turns[0].give()
    turns[1].take()
    do.say("mapped", memory.get(100, 14))
    child.end()
    memory.end()
    do.see("file")


@case
def a_killed_process_leaves_what_it_wrote_to_memory(do):
    do.make("file", bytes(2 * PAGE))

    def work():
        memory = do.mmap(do.fd("file"), 2 * PAGE, "READ|WRITE", "SHARED")
        memory.put(PAGE - 3, b"across pages")
        os.kill(os.getpid(), signal.SIGKILL)

    do.in_child(work)
    do.see("file")
