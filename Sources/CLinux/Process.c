#define _GNU_SOURCE
#include "CLinuxProcess.h"
#include <string.h>

#include <string.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

int clinux_get_descriptor_limit(struct clinux_descriptor_limit *limit) {
    struct rlimit own;
    if (getrlimit(RLIMIT_NOFILE, &own) < 0) return -errno;
    *limit = (struct clinux_descriptor_limit){own.rlim_cur, own.rlim_max};
    return 0;
}

int clinux_set_descriptor_limit(const struct clinux_descriptor_limit *limit) {
    struct rlimit own = {.rlim_cur = limit->count, .rlim_max = limit->ceiling};
    return setrlimit(RLIMIT_NOFILE, &own) < 0 ? -errno : 0;
}

/* What the child tells its parent through the memory they share until exec. */
struct outcome {
    int failure;
    const char *step;
};

static _Noreturn void fail(volatile struct outcome *outcome, const char *step) {
    outcome->failure = errno ? errno : EIO;
    outcome->step = step;
    _exit(127);
}

static int bind_to(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(0, sizeof set, &set);
}

/* Copies the three streams above 2 first, so that none overwrites the source of another. */
static int install_streams(const struct clinux_spawn_request *request) {
    const int sources[3] = {request->standard_input, request->standard_output,
                            request->standard_error};
    int copies[3];
    for (int stream = 0; stream < 3; stream++) {
        copies[stream] = fcntl(sources[stream], F_DUPFD_CLOEXEC, 3);
        if (copies[stream] < 0) return -1;
    }
    for (int stream = 0; stream < 3; stream++)
        if (dup2(copies[stream], stream) < 0) return -1;
    return 0;
}

/* Runs in the child on the parent's memory: async-signal-safe calls only, no stores but the
 * outcome. Signals are still blocked here; the mask goes back last. */
static __attribute__((noinline)) _Noreturn void become(
    const struct clinux_spawn_request *request, pid_t parent, volatile struct outcome *outcome) {
    if (setpgid(0, 0) < 0) fail(outcome, "setpgid");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) fail(outcome, "prctl");
    /* A parent that died before prctl sends no signal any more. */
    if (getppid() != parent) _exit(127);
    if (install_streams(request) < 0) fail(outcome, "dup2");
    if (request->passed_descriptor >= 0 && fcntl(request->passed_descriptor, F_SETFD, 0) < 0)
        fail(outcome, "fcntl");
    if (request->processor >= 0 && bind_to(request->processor) < 0)
        fail(outcome, "sched_setaffinity");
    if (clinux_set_descriptor_limit(&request->descriptor_limit) < 0) fail(outcome, "setrlimit");
    if (sigprocmask(SIG_SETMASK, request->signal_mask, NULL) < 0) fail(outcome, "sigprocmask");
    execve(request->path, request->arguments, request->environment);
    fail(outcome, "execve");
}

pid_t clinux_spawn(const struct clinux_spawn_request *request, const char **failed_step) {
    volatile struct outcome outcome = {0, NULL};
    sigset_t all, before;
    pid_t parent = getpid();
    /* A handler of ours must not run in the child while it uses our memory. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = vfork();
    if (pid == 0) become(request, parent, &outcome);
    int failure = pid < 0 ? errno : outcome.failure;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        *failed_step = "vfork";
        return -failure;
    }
    if (failure == 0) return pid;
    *failed_step = outcome.step;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    return -failure;
}

int clinux_pipe(int descriptors[2]) {
    return pipe2(descriptors, O_CLOEXEC) < 0 ? -errno : 0;
}

void clinux_close_from(int first) {
    if (syscall(SYS_close_range, (unsigned int)first, ~0u, 0) == 0) return;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    for (int fd = first; fd < (int)limit.rlim_cur; fd++) close(fd);
}

int clinux_processors(int *list, int capacity) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
    int count = 0;
    for (int processor = 0; processor < CPU_SETSIZE && count < capacity; processor++)
        if (CPU_ISSET(processor, &set)) list[count++] = processor;
    return count;
}

char **clinux_environment(void) { return environ; }

const char *clinux_signal_abbreviation(int number) { return sigabbrev_np(number); }

int clinux_send_datagram(const char *path, const void *bytes, size_t byte_count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    ssize_t sent = sendto(fd, bytes, byte_count, MSG_DONTWAIT | MSG_NOSIGNAL,
                          (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    int result = sent < 0 ? -errno : 0;
    close(fd);
    return result;
}
