"""System calls that Python's os has no function for. Like those of os, they raise OSError."""

import ctypes
import os
import struct
from ctypes import c_char_p, c_int, c_long, c_size_t, c_uint, c_void_p

_libc = ctypes.CDLL(None, use_errno=True)


def _function(name, *types, result=c_int, failed=-1):
    function = getattr(_libc, name)
    function.argtypes, function.restype = types, result

    def call(*arguments):
        answer = function(*arguments)
        if answer == failed:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return answer

    return call


AT_FDCWD = -100
AT_SYMLINK_NOFOLLOW, AT_SYMLINK_FOLLOW = 0x100, 0x400
UTIME_NOW, UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2
PROT = {"READ": 1, "WRITE": 2}
MAP = {"SHARED": 1, "PRIVATE": 2}
RENAME = {"NOREPLACE": 1, "EXCHANGE": 2, "WHITEOUT": 4}
FALLOCATE = {"KEEP_SIZE": 1, "PUNCH_HOLE": 2, "COLLAPSE_RANGE": 8, "ZERO_RANGE": 16}
FALLOCATE["INSERT_RANGE"] = 32
XATTR = {"CREATE": 1, "REPLACE": 2}
OFD = {"GETLK": 36, "SETLK": 37}


def bits(names, table):
    """The value of names such as "KEEP_SIZE|PUNCH_HOLE"; of "" it is 0."""
    return sum(table[name] for name in names.split("|") if name)


_renameat2 = _function("renameat2", c_int, c_char_p, c_int, c_char_p, c_uint)
_linkat = _function("linkat", c_int, c_char_p, c_int, c_char_p, c_int)
_fallocate = _function("fallocate", c_int, c_int, c_long, c_long)
_utimensat = _function("utimensat", c_int, c_char_p, c_char_p, c_int)
_mmap = _function(
    "mmap", c_void_p, c_size_t, c_int, c_int, c_int, c_long,
    result=c_void_p, failed=ctypes.c_void_p(-1).value)
_munmap = _function("munmap", c_void_p, c_size_t)
_msync = _function("msync", c_void_p, c_size_t, c_int)
_lgetxattr = _function(
    "lgetxattr", c_char_p, c_char_p, c_char_p, c_size_t, result=ctypes.c_ssize_t)
_llistxattr = _function("llistxattr", c_char_p, c_char_p, c_size_t, result=ctypes.c_ssize_t)
_syncfs = _function("syncfs", c_int)
_fcntl = _function("fcntl", c_int, c_int, c_char_p)
_opendir = _function("opendir", c_char_p, result=c_void_p, failed=None)
_closedir = _function("closedir", c_void_p)
_telldir = _function("telldir", c_void_p, result=c_long)
_seekdir = _libc.seekdir
_seekdir.argtypes, _seekdir.restype = (c_void_p, c_long), None
_rewinddir = _libc.rewinddir
_rewinddir.argtypes, _rewinddir.restype = (c_void_p,), None
_readdir = _libc.readdir64
_readdir.argtypes, _readdir.restype = (c_void_p,), c_void_p


def renameat2(old, new, how):
    """how: NOREPLACE, EXCHANGE …"""
    _renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), bits(how, RENAME))


def link_target(path, new):
    """Gives a file that a symbolic link leads to another name; os.link would link the link."""
    _linkat(AT_FDCWD, os.fsencode(path), AT_FDCWD, os.fsencode(new), AT_SYMLINK_FOLLOW)


def link_open(fd, new):
    """Gives an open file another name."""
    link_target("/proc/self/fd/%d" % fd, new)


def fallocate(fd, how, offset, length):
    """how: "" or KEEP_SIZE, PUNCH_HOLE …"""
    _fallocate(fd, bits(how, FALLOCATE), offset, length)


def utimensat(path, atime, mtime, follow=True):
    """Each time is (seconds, nanoseconds), "NOW" or "OMIT"."""
    special = {"NOW": (0, UTIME_NOW), "OMIT": (0, UTIME_OMIT)}
    times = struct.pack("4q", *special.get(atime, atime), *special.get(mtime, mtime))
    _utimensat(AT_FDCWD, os.fsencode(path), times, 0 if follow else AT_SYMLINK_NOFOLLOW)


class Mapping:
    """Memory mapped from a file; unlike mmap.mmap, it keeps no descriptor."""

    def __init__(self, address, length):
        self.address, self.length = address, length

    def get(self, offset, length):
        return ctypes.string_at(self.address + offset, length)

    def put(self, offset, data):
        ctypes.memmove(self.address + offset, data, len(data))

    def sync(self):
        _msync(self.address, self.length, 4)  # MS_SYNC

    def end(self):
        _munmap(self.address, self.length)


def mmap(fd, length, protection, how):
    """protection: READ|WRITE; how: SHARED or PRIVATE"""
    return Mapping(_mmap(None, length, bits(protection, PROT), bits(how, MAP), fd, 0), length)


def getxattr_into(path, name, room):
    """How long the value is that was read into so many bytes."""
    return _lgetxattr(os.fsencode(path), name.encode(), ctypes.create_string_buffer(room), room)


def listxattr_into(path, room):
    """How long the list of names is that was read into so many bytes."""
    return _llistxattr(os.fsencode(path), ctypes.create_string_buffer(room), room)


def setxattr(path, name, value, how="", follow=True):
    os.setxattr(path, name, value, bits(how, XATTR), follow_symlinks=follow)


def syncfs(fd):
    _syncfs(fd)


_FLOCK = "hhqqi4x"  # struct flock: type, whence, start, length, process


def record_lock(fd, command, kind, start, length):
    """A fcntl lock that belongs to the open file (OFD); the kind that is there afterwards."""
    kinds = ["RDLCK", "WRLCK", "UNLCK"]
    lock = ctypes.create_string_buffer(
        struct.pack(_FLOCK, kinds.index(kind), os.SEEK_SET, start, length, 0))
    _fcntl(fd, OFD[command], ctypes.cast(lock, c_char_p))
    return kinds[struct.unpack(_FLOCK, lock.raw[:struct.calcsize(_FLOCK)])[0]]


class Stream:
    """A directory as opendir and readdir show it."""

    def __init__(self, path):
        self.stream = _opendir(os.fsencode(path))

    def next(self):
        """(name, type, inode) of the next entry, or None at the end."""
        ctypes.set_errno(0)
        entry = _readdir(self.stream)
        if not entry:
            error = ctypes.get_errno()
            if error:
                raise OSError(error, os.strerror(error))
            return None
        inode, _, _, kind = struct.unpack("QqHB", ctypes.string_at(entry, 19))
        return os.fsdecode(ctypes.string_at(entry + 19)), kind, inode

    def rest(self):
        """All that follow."""
        return list(iter(self.next, None))

    def tell(self):
        return _telldir(self.stream)

    def seek(self, position):
        _seekdir(self.stream, position)

    def rewind(self):
        _rewinddir(self.stream)

    def close(self):
        _closedir(self.stream)
