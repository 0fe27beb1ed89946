#define _GNU_SOURCE
#include "CLinuxFork.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "CLinux.h"

/* One bit for each descriptor. Changed under the mutex, which fork takes too: the child always sees
 * descriptors that are open and guarded, or neither. */
static uint64_t guarded[CLINUX_GUARD_LIMIT / 64];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int install_result;
static _Atomic uint64_t generation;

static void before_fork(void) { pthread_mutex_lock(&mutex); }

static void after_fork_in_parent(void) { pthread_mutex_unlock(&mutex); }

/* Only async-signal-safe calls: other threads may have held any lock when the process forked. */
static void after_fork_in_child(void) {
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int word = 0; word < CLINUX_GUARD_LIMIT / 64; word++) {
        for (uint64_t bits = guarded[word]; bits; bits &= bits - 1) {
            int fd = word * 64 + __builtin_ctzll(bits);
            if (nothing < 0 || dup2(nothing, fd) < 0) close(fd);
            else fcntl(fd, F_SETFD, FD_CLOEXEC);
        }
        guarded[word] = 0;
    }
    if (nothing >= 0) close(nothing);
    atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
    pthread_mutex_unlock(&mutex);
}

static void install(void) {
    install_result = -pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* Under the mutex. */
static void mark(int fd) {
    if (fd >= 0 && fd < CLINUX_GUARD_LIMIT) guarded[fd / 64] |= (uint64_t)1 << (fd % 64);
}

int clinux_guard(int fd) {
    if (fd < 0 || fd >= CLINUX_GUARD_LIMIT) return -ERANGE;
    pthread_once(&once, install);
    if (install_result < 0) return install_result;
    pthread_mutex_lock(&mutex);
    mark(fd);
    pthread_mutex_unlock(&mutex);
    return 0;
}

int clinux_guarded_socket(int family, int type) {
    pthread_once(&once, install);
    pthread_mutex_lock(&mutex);
    int fd = clinux_socket(family, type);
    mark(fd);
    pthread_mutex_unlock(&mutex);
    return fd;
}

int clinux_guarded_accept(int listener) {
    pthread_once(&once, install);
    pthread_mutex_lock(&mutex);
    int fd = clinux_accept(listener);
    mark(fd);
    pthread_mutex_unlock(&mutex);
    return fd;
}

void clinux_unguard(int fd) {
    if (fd < 0 || fd >= CLINUX_GUARD_LIMIT) return;
    pthread_mutex_lock(&mutex);
    guarded[fd / 64] &= ~((uint64_t)1 << (fd % 64));
    pthread_mutex_unlock(&mutex);
}

int clinux_guarded_close(int fd) {
    if (fd < 0 || fd >= CLINUX_GUARD_LIMIT) return clinux_close(fd);
    pthread_mutex_lock(&mutex);
    guarded[fd / 64] &= ~((uint64_t)1 << (fd % 64));
    int result = clinux_close(fd);
    pthread_mutex_unlock(&mutex);
    return result;
}

uint64_t clinux_fork_generation(void) {
    return atomic_load_explicit(&generation, memory_order_relaxed);
}
