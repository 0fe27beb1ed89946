/* Ranks as forked processes of one program, for contenders that bring no launcher of their own.
 * The ranks share one page for what must be agreed outside the timing. Valid C11 and C++17. */
#ifndef PEERS_LOCAL_RANKS_H
#define PEERS_LOCAL_RANKS_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

#define LIMIT_OF_LOCAL_RANKS 64

struct shared_page {
    pthread_barrier_t barrier;
    long values[LIMIT_OF_LOCAL_RANKS];
};

struct local_rank {
    struct shared_page *page;
    int rank;
    int ranks;
};

/* Before the fork: the page that every rank will see. */
static struct shared_page *make_shared_page(int ranks) {
    if (ranks < 2 || ranks > LIMIT_OF_LOCAL_RANKS) refuse("--ranks out of range", "");
    void *memory = mmap(NULL, sizeof(struct shared_page), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) refuse("no shared page", "");
    struct shared_page *page = (struct shared_page *)memory;
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&page->barrier, &attributes, (unsigned)ranks);
    return page;
}

static long local_agree(struct local_rank *local, long value) {
    if (local->rank == 0) local->page->values[0] = value;
    pthread_barrier_wait(&local->page->barrier);
    const long agreed = local->page->values[0];
    pthread_barrier_wait(&local->page->barrier);
    return agreed;
}

static long local_total(struct local_rank *local, long value) {
    long sum = 0;
    local->page->values[local->rank] = value;
    pthread_barrier_wait(&local->page->barrier);
    for (int rank = 0; rank < local->ranks; rank++) sum += local->page->values[rank];
    pthread_barrier_wait(&local->page->barrier);
    return sum;
}

static void pin_to_core(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) refuse("cannot pin to a core", "");
}

static inline int ranks_outnumber_cores(int ranks) {
    return ranks > sysconf(_SC_NPROCESSORS_ONLN);
}

/* Waits for all; when one fails, ends the others, for they would wait for it for ever. */
static int wait_for_ranks(const pid_t *ranks, int count) {
    int failed = 0;
    for (int ended = 0; ended < count; ended++) {
        int status = 0;
        if (wait(&status) < 0) return 1;
        if (status == 0 || failed) continue;
        failed = 1;
        for (int rank = 0; rank < count; rank++) kill(ranks[rank], SIGKILL);
    }
    return failed;
}

/* Runs `body` as ranks 0 ..< ranks, each in a process that dies with this one. */
static int run_local_ranks(const struct measuring_options *options,
                           void (*body)(struct local_rank, const struct measuring_options *)) {
    pid_t processes[LIMIT_OF_LOCAL_RANKS];
    const pid_t launcher = getpid();
    struct shared_page *page = make_shared_page(options->ranks);
    fflush(NULL);
    for (int rank = 0; rank < options->ranks; rank++) {
        processes[rank] = fork();
        if (processes[rank] < 0) refuse("cannot fork", "");
        if (processes[rank] > 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != launcher) _exit(1);
        if (options->pin && !ranks_outnumber_cores(options->ranks)) pin_to_core(rank);
        const struct local_rank local = {page, rank, options->ranks};
        body(local, options);
        fflush(NULL);
        _exit(0);
    }
    return wait_for_ranks(processes, options->ranks);
}

#endif
