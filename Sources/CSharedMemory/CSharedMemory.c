#define _GNU_SOURCE
#include "CSharedMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static const int sealed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

int cshared_create(const char *label, size_t byte_count) {
    int fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -errno;
    /* fallocate takes every page now, or says that there are not so many. */
    int failed = ftruncate(fd, (off_t)byte_count) < 0 || fallocate(fd, 0, 0, (off_t)byte_count) < 0 ||
                         fcntl(fd, F_ADD_SEALS, sealed) < 0
                     ? errno
                     : 0;
    if (!failed) return fd;
    close(fd);
    return -failed;
}

int cshared_examine(int fd, size_t byte_count) {
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0) return -errno;
    if ((seals & sealed) != sealed) return -EPERM;
    struct stat status;
    if (fstat(fd, &status) < 0) return -errno;
    if (status.st_size != (off_t)byte_count) return -EBADMSG;
    return (size_t)status.st_blocks * 512 < byte_count ? -ENODATA : 0;
}

static int map_at(void *place, size_t byte_count, int fd, size_t offset) {
    void *got = mmap(place, byte_count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
                     (off_t)offset);
    return got == MAP_FAILED ? -errno : 0;
}

int cshared_map(int fd, size_t control, size_t ring, void **start) {
    size_t all = control + 2 * ring;
    char *place = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) return -errno;
    int failed = map_at(place, control + ring, fd, 0);
    if (!failed && ring > 0) failed = map_at(place + control + ring, ring, fd, control);
    if (!failed && madvise(place, all, MADV_DONTFORK) < 0) failed = -errno;
    if (failed) {
        munmap(place, all);
        return failed;
    }
    *start = place;
    return 0;
}

int cshared_unmap(void *start, size_t control, size_t ring) {
    return munmap(start, control + 2 * ring) < 0 ? -errno : 0;
}

static int membarrier(int command) {
    return syscall(SYS_membarrier, command, 0, 0) < 0 ? -errno : 0;
}

int cshared_barrier_register(void) { return membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED); }

int cshared_barrier(void) { return membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED); }

static bool make_address(struct sockaddr_un *address, socklen_t *length, const uint8_t *name,
                         size_t name_byte_count) {
    if (name_byte_count == 0 || name_byte_count >= sizeof address->sun_path) return false;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, name, name_byte_count);
    /* A path ends in a zero byte; an abstract name has exactly its bytes. */
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_byte_count + (name[0] != 0));
    return true;
}

int cshared_open(const uint8_t *name, size_t name_byte_count) {
    struct sockaddr_un address;
    socklen_t length;
    if (!make_address(&address, &length, name, name_byte_count)) return -ENAMETOOLONG;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (bind(fd, (struct sockaddr *)&address, length) == 0) return fd;
    int failed = errno;
    close(fd);
    return -failed;
}

union passing {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int cshared_pass(int fd, const uint8_t *name, size_t name_byte_count, const void *bytes,
                 size_t byte_count, int passed) {
    struct sockaddr_un address;
    socklen_t length;
    if (!make_address(&address, &length, name, name_byte_count)) return -ENAMETOOLONG;
    union passing control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
                                        .cmsg_level = SOL_SOCKET,
                                        .cmsg_type = SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.header), &passed, sizeof passed);
    struct iovec part = {(void *)bytes, byte_count};
    struct msghdr message = {.msg_name = &address,
                             .msg_namelen = length,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t sent;
    do sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

int cshared_accept_pass(int fd, void *bytes, size_t capacity, int *passed) {
    union passing control;
    struct iovec part = {bytes, capacity};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    *passed = -1;
    ssize_t received;
    do received = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    /* There is room for one: of more, the kernel closes the rest. */
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len >= CMSG_LEN(sizeof(int)))
        memcpy(passed, CMSG_DATA(header), sizeof *passed);
    return (int)received;
}
