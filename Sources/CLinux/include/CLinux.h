/* What Swift cannot see of Linux: variadic calls, function-like macros, and calls whose errno must be
 * read before the Swift runtime can change it. Every shim returns a result or a negated errno, and
 * retries nothing but EINTR where a retry is always right. No policy here.
 *
 * This header must not define _GNU_SOURCE: with it, fd_set and others differ from what the Glibc
 * module saw, and a program that imports both does not compile. What needs it stands in CLinux.c. */
#ifndef CLINUX_H
#define CLINUX_H

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CLinuxFork.h"
#include "CLinuxProcess.h"

/* Data path: errno is an out-of-module call for Swift, and EAGAIN is the common answer. */

static inline ssize_t clinux_send(int fd, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

/* Two spans in one call: a header and the payload behind it leave as one packet. */
static inline ssize_t clinux_send_pair(int fd, const void *first, size_t first_count,
                                       const void *second, size_t second_count) {
    struct iovec parts[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = second_count ? 2 : 1};
    ssize_t sent;
    do sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

/* Returns 0 at the end of the stream, as recv does. */
static inline ssize_t clinux_receive(int fd, void *bytes, size_t count) {
    ssize_t received;
    do received = recv(fd, bytes, count, MSG_DONTWAIT);
    while (received < 0 && errno == EINTR);
    return received < 0 ? -errno : received;
}

/* Spins tell the core that they spin; without it the sibling and the exit from the loop suffer. */
static inline void clinux_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

static inline uint64_t clinux_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Since 1970, by the host's clock, right or wrong. */
static inline int64_t clinux_calendar_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline uint64_t clinux_process_nanoseconds(void) {
    struct timespec taken;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &taken);
    return (uint64_t)taken.tv_sec * 1000000000u + (uint64_t)taken.tv_nsec;
}

/* Variadic in C, or answered through errno. */

static inline int clinux_set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -errno;
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

static inline int clinux_open(const char *path, int flags, mode_t mode) {
    int fd;
    do fd = open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

static inline int clinux_close(int fd) { return close(fd) < 0 ? -errno : 0; }

static inline int clinux_interface_addresses(struct ifaddrs **list) {
    return getifaddrs(list) < 0 ? -errno : 0;
}

/* An inherited descriptor must not reach the programs that this one starts. */
static inline int clinux_set_close_on_exec(int fd) {
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0) return -errno;
    return fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0 ? -errno : 0;
}

/* Questions by path: Swift would read errno only after it has released the path. */

static inline int clinux_path_status(const char *path, struct stat *status) {
    return stat(path, status) < 0 ? -errno : 0;
}

static inline int clinux_access(const char *path, int mode) {
    return access(path, mode) < 0 ? -errno : 0;
}

static inline int clinux_make_directory(const char *path, mode_t mode) {
    return mkdir(path, mode) < 0 ? -errno : 0;
}

static inline int clinux_unlink(const char *path) { return unlink(path) < 0 ? -errno : 0; }

static inline int clinux_file_status(int fd, struct stat *status) {
    return fstat(fd, status) < 0 ? -errno : 0;
}

static inline ssize_t clinux_read(int fd, void *bytes, size_t count) {
    ssize_t received;
    do received = read(fd, bytes, count);
    while (received < 0 && errno == EINTR);
    return received < 0 ? -errno : received;
}

static inline ssize_t clinux_write(int fd, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = write(fd, bytes, count);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

static inline int clinux_rename(const char *from, const char *to) {
    return rename(from, to) < 0 ? -errno : 0;
}

static inline int clinux_sync(int fd) { return fsync(fd) < 0 ? -errno : 0; }

/* Swift's flock is the struct of that name. */
static inline int clinux_lock(int fd) {
    return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static inline int clinux_socket(int family, int type) {
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

/* Swift imports struct sockaddr pointers of each family apart; one storage serves all. */
static inline int clinux_bind(int fd, const struct sockaddr_storage *address, socklen_t length) {
    return bind(fd, (const struct sockaddr *)address, length) < 0 ? -errno : 0;
}

static inline int clinux_connect(int fd, const struct sockaddr_storage *address, socklen_t length) {
    return connect(fd, (const struct sockaddr *)address, length) < 0 ? -errno : 0;
}

static inline int clinux_listen(int fd, int backlog) {
    return listen(fd, backlog) < 0 ? -errno : 0;
}

static inline int clinux_local_address(int fd, struct sockaddr_storage *address, socklen_t *length) {
    *length = sizeof *address;
    return getsockname(fd, (struct sockaddr *)address, length) < 0 ? -errno : 0;
}

static inline int clinux_peer_address(int fd, struct sockaddr_storage *address, socklen_t *length) {
    *length = sizeof *address;
    return getpeername(fd, (struct sockaddr *)address, length) < 0 ? -errno : 0;
}

static inline int clinux_set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

static inline int clinux_get_option(int fd, int level, int name, int *value) {
    socklen_t length = sizeof *value;
    return getsockopt(fd, level, name, value, &length) < 0 ? -errno : 0;
}

/* Waits for events on some descriptors; a signal ends the wait early, as an answer of 0. */
static inline int clinux_poll(struct pollfd *descriptors, nfds_t count, int timeout_milliseconds) {
    int ready = poll(descriptors, count, timeout_milliseconds);
    return ready < 0 ? (errno == EINTR ? 0 : -errno) : ready;
}

static inline int clinux_epoll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static inline int clinux_epoll_control(int epoll, int operation, int fd, uint32_t events,
                                       uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, fd, &event) < 0 ? -errno : 0;
}

static inline int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity,
                                    int timeout_milliseconds) {
    int ready = epoll_wait(epoll, events, capacity, timeout_milliseconds);
    return ready < 0 ? (errno == EINTR ? 0 : -errno) : ready;
}

/* epoll_data is a union in a packed structure. */
static inline uint64_t clinux_epoll_token(const struct epoll_event *event) { return event->data.u64; }
static inline uint32_t clinux_epoll_events(const struct epoll_event *event) { return event->events; }

static inline int clinux_eventfd(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/* MAP_FAILED is a cast, which Swift does not import. */
static inline int clinux_map(size_t count, void **start) {
    void *result = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED) return -errno;
    *start = result;
    return 0;
}

static inline int clinux_random(void *bytes, size_t count) {
    unsigned char *next = bytes;
    while (count > 0) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        next += got;
        count -= (size_t)got;
    }
    return 0;
}

/* A condition variable on CLOCK_MONOTONIC: the attribute calls take pointers to opaque unions. */
static inline int clinux_condition_init(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    int failed = pthread_condattr_init(&attributes);
    if (failed) return -failed;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    failed = pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return -failed;
}

/* WIFEXITED and its family are macros. */
static inline int clinux_wait_exited(int status) { return WIFEXITED(status); }
static inline int clinux_wait_exit_code(int status) { return WEXITSTATUS(status); }
static inline int clinux_wait_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

int clinux_accept(int fd);
/* Its header, sys/pidfd.h, clashes with linux/fcntl.h. */
int clinux_pidfd_open(pid_t pid);
int clinux_usable_processors(void);
/* Sets a bit for each of them in words that are 0; numbers that find no place are left out. */
int clinux_usable_processor_set(uint64_t *words, size_t count);
/* Bytes that the C library's allocator has handed out and not got back, on all threads. */
size_t clinux_allocated_bytes(void);
/* For threads that sleep most of the time and must run soon after they wake, also among threads that
 * never sleep: asks for a scheduling slice of 0.1 ms, which lets the wake-up preempt (Linux 6.12 and
 * later; earlier kernels ignore it). Returns 0 or a negated errno. */
int clinux_request_short_slice(void);

/* Whether something keeps the time of day right: 1, 0, or a negated errno; and how wrong it is at most,
 * in microseconds. Its header, sys/timex.h, is not in the Glibc module. Changes nothing. */
int clinux_clock_discipline(int64_t *maximum_error);

/* Who is at the other end of a Unix socket, as it was when the connection came. struct ucred needs
 * _GNU_SOURCE. Returns 0 or a negated errno. */
int clinux_peer_credentials(int fd, pid_t *process, uid_t *user, gid_t *group);

/* A user's name. Returns 0, -ENOENT where there is none, or another negated errno. */
int clinux_user_name(uid_t user, char *name, size_t capacity);
/* The number of a group. Returns 0, -ENOENT where there is none, or another negated errno. */
int clinux_group_number(const char *name, gid_t *group);
/* Permissions and group of a file. */
int clinux_set_permissions(const char *path, mode_t mode, gid_t group);

/* Whether a stream has ended or broken, and nothing is left to read from it. Consumes nothing. */
static inline int clinux_stream_has_ended(int fd) {
    char byte;
    ssize_t waiting = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return waiting == 0 || (waiting < 0 && errno != EAGAIN && errno != EINTR);
}

/* Writes a line of at most PIPE_BUF bytes if that is possible at once: -EAGAIN where it is not, -EPIPE,
 * without a signal, where nobody reads. */
ssize_t clinux_write_line(int fd, const void *bytes, size_t count);

static inline int clinux_shutdown_write(int fd) { return shutdown(fd, SHUT_WR) < 0 ? -errno : 0; }
/* What the C library says of an errno. */
void clinux_error_text(int code, char *text, size_t capacity);

/* A new thread with every signal blocked: signals belong to the host program's threads. */
int clinux_thread_start(pthread_t *thread, const char *name, size_t stack_byte_count,
                        void *(*body)(void *), void *argument);

#endif
