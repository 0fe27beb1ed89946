#define _GNU_SOURCE
#include "CLinux.h"

/* Only a flag of the open file would keep write(2) from waiting, and that file is shared with other
 * processes. So the kernel is asked first: a pipe that is ready takes PIPE_BUF bytes, a terminal some
 * thousand. RWF_NOWAIT holds where another process fills it in between, on kernels whose pipes know
 * it (Linux 6.4 and later). */
ssize_t clinux_write_line(int fd, const void *bytes, size_t count) {
    struct stat status;
    if (fstat(fd, &status) < 0) return -errno;
    /* A full disk is an error and no wait. */
    if (S_ISREG(status.st_mode)) return clinux_write(fd, bytes, count);
    if (S_ISSOCK(status.st_mode)) return clinux_send(fd, bytes, count);
    struct pollfd entry = {.fd = fd, .events = POLLOUT};
    int ready = clinux_poll(&entry, 1, 0);
    if (ready < 0) return ready;
    if (entry.revents & (POLLERR | POLLHUP | POLLNVAL)) return -EPIPE;
    if (!(entry.revents & POLLOUT)) return -EAGAIN;
    struct iovec part = {(void *)bytes, count};
    ssize_t sent;
    do sent = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno == EOPNOTSUPP) return clinux_write(fd, bytes, count);
    return sent < 0 ? -errno : sent;
}
