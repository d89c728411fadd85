"""How the kit's cases run and how what they saw becomes lines of text.

A case is a function that gets a Steps object, `do`. `do.rename("a", "b")` calls os.rename and
writes the line "CASE: rename(a, b) = ok", or "= ENOENT". Each case runs in a process of its own,
in an empty directory, until its end or its deadline.
"""

import contextlib
import errno
import hashlib
import os
import select
import shutil
import signal
import stat
import time

import calls

CASE_SECONDS = 60
CASES = []

# time.CLOCK_REALTIME_COARSE, which Python does not name.
_FILE_CLOCK = 5

_OCTAL = {"open": 2, "mkdir": 1, "chmod": 1, "fchmod": 1, "mkfifo": 1, "mknod": 1, "umask": 0}
_TYPES = [
    (stat.S_ISREG, "file"), (stat.S_ISDIR, "directory"), (stat.S_ISLNK, "link"),
    (stat.S_ISFIFO, "fifo"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "character device"),
    (stat.S_ISBLK, "block device")]


def case(function):
    """Marks a function as a case, which is named after it."""
    CASES.append(function)
    return function


class Fd(int):
    """A descriptor that remembers what was opened."""

    name = ""


class Failed:
    """What a call that failed returns: nothing can be done with it."""


def text(data):
    """Bytes as a few characters: as they are, or their number and a digest."""
    data = bytes(data)
    shown = repr(data)[2:-1]
    if len(shown) <= 60:
        return "'" + shown + "'"
    return "%d bytes %s" % (len(data), hashlib.sha256(data).hexdigest()[:12])


def type_of(mode):
    return next(name for test, name in _TYPES if test(mode))


def status(seen):
    """The fields of a stat that must be the same on every file system."""
    kind = type_of(seen.st_mode)
    line = "%s %04o links %d owner %d:%d" % (
        kind, stat.S_IMODE(seen.st_mode), seen.st_nlink, seen.st_uid, seen.st_gid)
    if kind in ("file", "link"):
        line += " size %d" % seen.st_size
    if "device" in kind:
        line += " number %d:%d" % (os.major(seen.st_rdev), os.minor(seen.st_rdev))
    return line


def outcome(value):
    match value:
        case None | calls.Mapping() | calls.Stream():
            return "ok"
        case Fd():
            return "open"
        case bool():
            return "yes" if value else "no"
        case bytes() | bytearray():
            return text(value)
        case os.stat_result():
            return status(value)
        case list():
            return "[" + ", ".join(str(each) for each in value) + "]"
        case _:
            return str(value)


def _shown(name, index, argument):
    match argument:
        case Fd():
            return "<" + argument.name + ">"
        case Failed():
            return "failed"
        case bytes() | bytearray() | memoryview():
            return text(argument)
        case list():
            return "[" + ", ".join(_shown(name, -1, each) for each in argument) + "]"
        case str() if len(argument) > 80:
            return "%s…(%d)" % (text(os.fsencode(argument[:10])), len(argument))
        case str() if argument.startswith("/proc/self/fd/"):
            return "/proc/self/fd/N"
        case str():
            return argument if argument.isprintable() else text(os.fsencode(argument))
        case int() if _OCTAL.get(name) == index:
            return "%04o" % argument
        case _:
            return str(argument)


def _number(name, index, argument):
    """An argument as the call wants it: flags are given by their names."""
    if name == "open" and index == 1:
        return calls.bits(argument, {n[2:]: getattr(os, n) for n in dir(os) if n.startswith("O_")})
    if name == "access" and index == 1:
        return getattr(os, argument + "_OK")
    if name == "lseek" and index == 2:
        return getattr(os, "SEEK_" + argument)
    return argument


class Steps:
    """What a case does and sees."""

    def __init__(self, name, out):
        self.case, self.out, self.who, self.last = name, out, "", ""

    def say(self, what, how):
        """One line; a process that dies later leaves it."""
        line = "%s: %s%s = %s\n" % (self.case, self.who, what, how)
        os.write(self.out, line.encode("utf-8", "backslashreplace"))

    def call(self, name, function, *arguments, **more):
        shown = [_shown(name, i, a) for i, a in enumerate(arguments)]
        shown += ["%s=%s" % (k, _shown(name, -1, v)) for k, v in more.items()]
        self.last = "%s(%s)" % (name, ", ".join(shown))
        if any(isinstance(a, Failed) for a in (*arguments, *more.values())):
            self.say(self.last, "not done")
            return Failed()
        try:
            real = [_number(name, i, a) for i, a in enumerate(arguments)]
            value = function(*real, **more)
        except OSError as e:
            self.say(self.last, errno.errorcode.get(e.errno, str(e)))
            return Failed()
        if name in ("open", "dup") and isinstance(value, int):
            value = Fd(value)
            value.name = arguments[0].name + "'" if name == "dup" else shown[0]
        self.say(self.last, outcome(value))
        return value

    def __getattr__(self, name):
        function = getattr(calls, name, None) or getattr(os, name)
        return lambda *arguments, **more: self.call(name, function, *arguments, **more)

    # What is done without a line.

    def make(self, name, data=b"", mode=0o644):
        """Writes a file."""
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            while data:
                data = data[os.write(fd, data):]
        finally:
            os.close(fd)

    def fd(self, name, flags="RDWR"):
        """Opens what is there."""
        fd = Fd(os.open(name, _number("open", 1, flags)))
        fd.name = name
        return fd

    def contents(self, name):
        with open(name, "rb", buffering=0) as file:
            return file.read()

    # What is seen.

    def see(self, *names):
        """Status and contents of each."""
        for name in names:
            self.call("see", self._look, name)

    def _look(self, name):
        seen = os.lstat(name)
        line = status(seen)
        if stat.S_ISREG(seen.st_mode):
            line += " " + text(self.contents(name))
        elif stat.S_ISLNK(seen.st_mode):
            line += " to " + text(os.fsencode(os.readlink(name)))
        return line

    def list(self, name="."):
        """The names in a directory, sorted."""
        self.call("list", lambda path: sorted(text(os.fsencode(n)) for n in os.listdir(path)), name)

    def same(self, one, other):
        """Whether two names, or descriptors, are one file."""
        self.call("same", lambda a, b: os.stat(a).st_ino == os.stat(b).st_ino, one, other)

    def true(self, what, function):
        """Whether something holds."""
        self.call(what, lambda: bool(function()))

    @contextlib.contextmanager
    def moving(self, *names):
        """Which times of these move by what is done inside; "atime" is nobody's promise."""
        before = {name: os.lstat(name) for name in names}
        tick()
        yield
        moved = []
        for name in names:
            try:
                after = os.lstat(name)
            except OSError as e:
                moved.append("%s: %s" % (name, errno.errorcode[e.errno]))
                continue
            times = [
                t for t in ("mtime", "ctime")
                if getattr(after, "st_%s_ns" % t) != getattr(before[name], "st_%s_ns" % t)]
            back = after.st_ctime_ns < before[name].st_ctime_ns
            moved.append(
                "%s: %s%s" % (name, " ".join(times) or "none", ", backwards" if back else ""))
        self.say("times moved by " + self.last, "; ".join(moved))

    # Other users and processes.

    @contextlib.contextmanager
    def user(self, uid, gid=None, groups=()):
        """Does what is inside as somebody else."""
        os.setgroups(list(groups))
        os.setresgid(gid or uid, gid or uid, 0)
        os.setresuid(uid, uid, 0)
        was, self.who = self.who, "user %d: " % uid
        try:
            yield
        finally:
            self.who = was
            os.setresuid(0, 0, 0)
            os.setresgid(0, 0, 0)
            os.setgroups([])

    def child(self, function, who="child"):
        """Starts a process that does it; see Child."""
        pid = os.fork()
        if pid == 0:
            self.who = who + ": "
            self.run(function)
            os._exit(0)
        return Child(self, who, pid)

    def in_child(self, function, who="child"):
        """The same, and waits for its end."""
        self.child(function, who).end()

    def run(self, function):
        """Does it; what breaks it off is a line too."""
        try:
            function()
        except Exception as e:
            self.say("broke off", "%s: %s" % (type(e).__name__, e))


class Child:
    """A process that a case has started."""

    def __init__(self, steps, who, pid):
        self.steps, self.who, self.pid = steps, who, pid

    def end(self):
        """Waits for its end."""
        self.steps.say(self.who + " ends", ended(self.pid, CASE_SECONDS / 2))

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.end()

    def await_asleep(self):
        """Waits until it waits for something."""
        deadline, seen = time.monotonic() + CASE_SECONDS / 2, 0
        while seen < 5 and time.monotonic() < deadline:
            with open("/proc/%d/stat" % self.pid, encoding="latin-1") as file:
                seen = seen + 1 if file.read().rpartition(")")[2].split()[0] in "SD" else 0
            time.sleep(0.002)


class Turn:
    """Lets a process wait until another gives it the turn."""

    def __init__(self):
        self.end, self.start = os.pipe()

    def give(self):
        os.write(self.start, b".")

    def take(self):
        os.read(self.end, 1)

    def given(self):
        return bool(select.select([self.end], [], [], 0)[0])


def file_clock():
    """The clock that file times are taken from, in nanoseconds."""
    return time.clock_gettime_ns(_FILE_CLOCK)


def tick():
    """Waits until that clock has gone on."""
    for _ in range(2):
        start = file_clock()
        while file_clock() == start:
            time.sleep(0.0005)


def pattern(length, seed=1):
    """Bytes that differ everywhere."""
    block = bytes((i * 7 + i // 251 + seed) % 256 for i in range(4109))
    return (block * (length // len(block) + 1))[:length]


def ended(pid, seconds):
    """How a process ended; one that does not is killed."""
    handle = os.pidfd_open(pid)
    late = not select.select([handle], [], [], seconds)[0]
    if late:
        os.kill(pid, signal.SIGKILL)
        if not select.select([handle], [], [], seconds)[0]:
            os.close(handle)
            return "never, not even by SIGKILL"
    os.close(handle)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if late:
        return "not within its time"
    return "well" if code == 0 else str(code) if code > 0 else signal.Signals(-code).name


def run(folder, chosen, out):
    """Runs the chosen cases in a folder that is made for them and removed."""
    os.umask(0o022)
    os.mkdir(folder, 0o755)
    for function in chosen:
        name = function.__name__.replace("_", "-")
        place = os.path.join(folder, name)
        steps = Steps(name, out)
        os.mkdir(place, 0o755)
        pid = os.fork()
        if pid == 0:
            os.chdir(place)
            steps.run(lambda function=function, steps=steps: function(steps))
            os._exit(0)
        steps.say("the case ends", ended(pid, CASE_SECONDS))
        steps.call("clear", lambda place=place: shutil.rmtree(place))
    os.rmdir(folder)
