/* What Swift cannot say about memory that processes share: loads and stores with an order, stores that
 * pass the cache by, sealed memory, and descriptors that travel. No policy here. Every function returns
 * a result or a negated errno unless it says otherwise. */
#ifndef CSHARED_MEMORY_H
#define CSHARED_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Swift's atomics own their storage; these words lie in mappings of two processes. */

/* Whoever sees the value sees what was written before it. */
static inline uint64_t cshared_load(const uint64_t *word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline void cshared_store(uint64_t *word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Nothing moves over it, not even a load over an earlier store. */
static inline void cshared_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/* Takes a line that is written next from the other core's cache, ahead of time. */
static inline void cshared_expect_write(const void *line) { __builtin_prefetch(line, 1, 3); }

/* Copies by stores that pass the cache by, and orders them before every later store. */
void cshared_stream(void *to, const void *from, size_t byte_count);

/* A file in memory without a name: all of its pages are there, and nobody can make it shorter or longer
 * any more, so a mapping of it never raises SIGBUS. */
int cshared_create(const char *label, size_t byte_count);

/* -EPERM where somebody could still make a foreign file shorter, -EBADMSG where it has another size,
 * -ENODATA where pages of it are missing, -EINVAL where it is no such file. */
int cshared_examine(int fd, size_t byte_count);

/* Maps the first `control` bytes once, and the `ring` bytes behind them twice in a row: a span of the
 * ring that passes its end goes on at its beginning. Children of fork do not inherit it. */
int cshared_map(int fd, size_t control, size_t ring, void **start);
int cshared_unmap(void *start, size_t control, size_t ring);

/* Whether this process's threads can be made to order their stores by cshared_barrier of another. */
int cshared_barrier_register(void);
/* Every thread of every registered process that runs has passed a full fence when it returns. */
int cshared_barrier(void);

/* A datagram socket under a name that begins with a zero byte for the abstract name space. */
int cshared_open(const uint8_t *name, size_t name_byte_count);
/* Sends bytes, and a descriptor with them. -EAGAIN while the receiver's queue is full. */
int cshared_pass(int fd, const uint8_t *name, size_t name_byte_count, const void *bytes,
                 size_t byte_count, int passed);
/* How many bytes came; `*passed` is -1 where no descriptor came with them, and close-on-exec. */
int cshared_accept_pass(int fd, void *bytes, size_t capacity, int *passed);

#endif
