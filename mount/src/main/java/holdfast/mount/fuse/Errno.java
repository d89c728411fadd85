package holdfast.mount.fuse;

/** Why an operation failed, as programs see it: errno(3), with Linux' numbers. */
public enum Errno {
    /** Operation not permitted. */
    EPERM(1),
    /** No such file or directory. */
    ENOENT(2),
    /** Interrupted. */
    EINTR(4),
    /** Input/output error. */
    EIO(5),
    /** No such device or address; no data beyond an offset. */
    ENXIO(6),
    /** Bad file descriptor. */
    EBADF(9),
    /** Resource temporarily unavailable; a lock is held. */
    EAGAIN(11),
    /** No memory. */
    ENOMEM(12),
    /** Permission denied. */
    EACCES(13),
    /** In use. */
    EBUSY(16),
    /** File exists. */
    EEXIST(17),
    /** Across file systems. */
    EXDEV(18),
    /** No such device. */
    ENODEV(19),
    /** Not a directory. */
    ENOTDIR(20),
    /** Is a directory. */
    EISDIR(21),
    /** Invalid argument. */
    EINVAL(22),
    /** Too many open files. */
    ENFILE(23),
    /** Inappropriate ioctl. */
    ENOTTY(25),
    /** Program is running. */
    ETXTBSY(26),
    /** File too large. */
    EFBIG(27),
    /** No space left. */
    ENOSPC(28),
    /** Read-only file system. */
    EROFS(30),
    /** Too many links. */
    EMLINK(31),
    /** Result too large for the caller's buffer. */
    ERANGE(34),
    /** Waiting for the lock would never end. */
    EDEADLK(35),
    /** Name too long. */
    ENAMETOOLONG(36),
    /** No more locks. */
    ENOLCK(37),
    /** Not implemented; the kernel stops asking and does without. */
    ENOSYS(38),
    /** Directory not empty. */
    ENOTEMPTY(39),
    /** Too many symbolic links, or file systems stacked too high. */
    ELOOP(40),
    /** No such extended attribute. */
    ENODATA(61),
    /** Value too large. */
    EOVERFLOW(75),
    /** Not a sequence of characters. */
    EILSEQ(84),
    /** Not supported here. */
    EOPNOTSUPP(95),
    /** Connection aborted. */
    ECONNABORTED(103),
    /** The file system's process is gone. */
    ENOTCONN(107),
    /** Timed out. */
    ETIMEDOUT(110),
    /** The file is not the one that was opened. */
    ESTALE(116),
    /** Quota exceeded. */
    EDQUOT(122);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /** The number that the kernel knows. */
    public int number() {
        return number;
    }

    /** For messages: the name of errno {@code number}, or the number itself. */
    static String nameOf(int number) {
        for (Errno errno : values()) {
            if (errno.number == number) {
                return errno.name();
            }
        }
        return "errno " + number;
    }
}
