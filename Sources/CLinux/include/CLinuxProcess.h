/* Processes: what Swift cannot see of them, and the one place where a child runs between fork and
 * exec. Every function returns a result or a negated errno. What needs _GNU_SOURCE stands in
 * Process.c, for the reason given in CLinux.h. */
#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many descriptors a process may open: now, and as far as it may raise that. Our own structure,
 * because sys/resource.h differs between what the Glibc module saw and what C sees. */
struct clinux_descriptor_limit {
    uint64_t count, ceiling;
};

int clinux_get_descriptor_limit(struct clinux_descriptor_limit *limit);
int clinux_set_descriptor_limit(const struct clinux_descriptor_limit *limit);

/* What a new process is given. It leads a process group of its own and is killed by the kernel
 * when the thread that started it ends. */
struct clinux_spawn_request {
    const char *path;
    char *const *arguments;
    char *const *environment;
    /* What become its descriptors 0, 1 and 2; any numbers, the same one twice too. */
    int standard_input, standard_output, standard_error;
    /* A close-on-exec descriptor that this child alone keeps, under the same number; or -1. */
    int passed_descriptor;
    /* The processor that it is bound to, or -1. */
    int processor;
    const sigset_t *signal_mask;
    struct clinux_descriptor_limit descriptor_limit;
};

/* Starts a process without copying our page tables (vfork). Answers its id, or a negated errno
 * when it could not be made or `path` could not be executed; then no child is left.
 * `failed_step` names the call that failed. */
pid_t clinux_spawn(const struct clinux_spawn_request *request, const char **failed_step);

/* Swift's overlay hides fork on some platforms, and errno is not ours after it. Only for processes
 * with a single thread. */
static inline pid_t clinux_fork(void) {
    pid_t pid = fork();
    return pid < 0 ? -errno : pid;
}

static inline int clinux_kill(pid_t pid, int number) {
    return kill(pid, number) < 0 ? -errno : 0;
}

/* Answers the process that ended, 0 when none has under WNOHANG. */
static inline pid_t clinux_wait(pid_t pid, int *status, int options) {
    pid_t ended;
    do ended = waitpid(pid, status, options);
    while (ended < 0 && errno == EINTR);
    return ended < 0 ? -errno : ended;
}

/* WCOREDUMP is a macro. */
static inline int clinux_wait_dumped_core(int status) { return WIFSIGNALED(status) && WCOREDUMP(status); }

int clinux_pipe(int descriptors[2]);

/* glibc gained close_range in 2.34, Linux in 5.9; before them the limit bounds the loop. */
void clinux_close_from(int first);

/* A pair whose messages keep their boundaries. */
static inline int clinux_message_pair(int descriptors[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, descriptors) < 0 ? -errno : 0;
}

/* One whole message; waits for room. */
static inline ssize_t clinux_send_message(int fd, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = send(fd, bytes, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

static inline int clinux_signalfd(const sigset_t *set) {
    int fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/* The disposition sits in a union. */
static inline int clinux_signal_is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static inline void clinux_signal_ignore(int number) { signal(number, SIG_IGN); }

static inline void clinux_signal_reset(int number) { signal(number, SIG_DFL); }

static inline int clinux_signal_mask(int how, const sigset_t *set, sigset_t *before) {
    return sigprocmask(how, set, before) < 0 ? -errno : 0;
}

/* prctl is variadic. Orphans among our descendants become our children. */
static inline int clinux_become_subreaper(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static inline void clinux_set_process_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/* CPU_ISSET is a macro over a macro. Answers how many processors we may run on, at most
 * `capacity` of them in `list`. */
int clinux_processors(int *list, int capacity);

/* Sends one message to a Unix socket, without waiting; a path that begins with '@' is an abstract
 * one. sockaddr_un's path is an array, which Swift sees as a tuple of 108. Returns 0 or a negated
 * errno. */
int clinux_send_datagram(const char *path, const void *bytes, size_t byte_count);

/* 'KILL' and so on, NULL for no signal. */
const char *clinux_signal_abbreviation(int number);

/* A mutable global is out of bounds for Swift 6. */
char **clinux_environment(void);

#endif
