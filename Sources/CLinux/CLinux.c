#define _GNU_SOURCE
#include "CLinux.h"

#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <sys/timex.h>

int clinux_accept(int fd) {
    int accepted;
    do accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    while (accepted < 0 && errno == EINTR);
    return accepted < 0 ? -errno : accepted;
}

/* glibc 2.36 has no struct sched_attr, and linux/sched/types.h clashes with its sched.h. */
struct clinux_schedule {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

int clinux_request_short_slice(void) {
    struct clinux_schedule schedule = {0};
    if (syscall(SYS_sched_getattr, 0, &schedule, sizeof schedule, 0) < 0) return -errno;
    schedule.runtime = 100000;
    return syscall(SYS_sched_setattr, 0, &schedule, 0) < 0 ? -errno : 0;
}

size_t clinux_allocated_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* CPU_COUNT is a macro over a macro. */
int clinux_usable_processors(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
    return CPU_COUNT(&set);
}

int clinux_usable_processor_set(uint64_t *words, size_t count) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
    for (size_t processor = 0; processor < 64 * count && processor < CPU_SETSIZE; processor++)
        if (CPU_ISSET(processor, &set)) words[processor / 64] |= UINT64_C(1) << processor % 64;
    return 0;
}

int clinux_pidfd_open(pid_t pid) {
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
}

void clinux_error_text(int code, char *text, size_t capacity) {
    char buffer[256];
    snprintf(text, capacity, "%s", strerror_r(code, buffer, sizeof buffer));
}

int clinux_thread_start(pthread_t *thread, const char *name, size_t stack_byte_count,
                        void *(*body)(void *), void *argument) {
    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);
    if (failed) return -failed;
    pthread_attr_setstacksize(&attributes, stack_byte_count);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(thread, &attributes, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (failed) return -failed;
    pthread_setname_np(*thread, name);
    return 0;
}

int clinux_clock_discipline(int64_t *maximum_error) {
    struct timex state = {.modes = 0};
    int result = adjtimex(&state);
    if (result < 0) return -errno;
    *maximum_error = state.maxerror;
    return result != TIME_ERROR && !(state.status & STA_UNSYNC);
}

int clinux_peer_credentials(int fd, pid_t *process, uid_t *user, gid_t *group) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -errno;
    *process = peer.pid;
    *user = peer.uid;
    *group = peer.gid;
    return 0;
}

int clinux_user_name(uid_t user, char *name, size_t capacity) {
    struct passwd entry, *found = NULL;
    char buffer[4096];
    int failed = getpwuid_r(user, &entry, buffer, sizeof buffer, &found);
    if (failed) return -failed;
    if (!found) return -ENOENT;
    snprintf(name, capacity, "%s", entry.pw_name);
    return 0;
}

int clinux_group_number(const char *name, gid_t *group) {
    struct group entry, *found = NULL;
    char buffer[16384];
    int failed = getgrnam_r(name, &entry, buffer, sizeof buffer, &found);
    if (failed) return -failed;
    if (!found) return -ENOENT;
    *group = entry.gr_gid;
    return 0;
}

int clinux_set_permissions(const char *path, mode_t mode, gid_t group) {
    struct stat now;
    if (stat(path, &now) < 0) return -errno;
    /* A sandbox may refuse even the call that changes nothing. */
    if (group != (gid_t)-1 && now.st_gid != group && chown(path, (uid_t)-1, group) < 0)
        return -errno;
    return chmod(path, mode) < 0 ? -errno : 0;
}
