/* Copies that pass the cache by. A core that writes into memory which another core has in its cache
 * fetches every line from there first; a store that passes the cache by does not. */
#include "CSharedMemory.h"

typedef char line_t __attribute__((vector_size(64)));
typedef char half_t __attribute__((vector_size(32)));
typedef char quarter_t __attribute__((vector_size(16)));

/* `to` is aligned to the vector, `from` need not be, `count` is a multiple of 64. */
#define DEFINE_COPY(name, vector, attributes)                                                     \
    attributes static void name(char *to, const char *from, size_t count) {                      \
        for (size_t index = 0; index < count; index += sizeof(vector)) {                         \
            vector value;                                                                         \
            __builtin_memcpy(&value, from + index, sizeof value);                                \
            __builtin_nontemporal_store(value, (vector *)(to + index));                          \
        }                                                                                         \
    }

DEFINE_COPY(copy_baseline, quarter_t, )
#if defined(__x86_64__)
DEFINE_COPY(copy_avx2, half_t, __attribute__((target("avx2"))))
DEFINE_COPY(copy_avx512, line_t, __attribute__((target("avx512f"))))
#endif

typedef void (*copy_t)(char *, const char *, size_t);

static copy_t best_copy(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return copy_avx512;
    if (__builtin_cpu_supports("avx2")) return copy_avx2;
#endif
    return copy_baseline;
}

void cshared_stream(void *to, const void *from, size_t byte_count) {
    static copy_t chosen;
    copy_t copy = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
    if (!copy) {
        copy = best_copy();
        __atomic_store_n(&chosen, copy, __ATOMIC_RELAXED);
    }
    char *place = to;
    const char *source = from;
    size_t head = -(uintptr_t)place & 63;
    if (head > byte_count) head = byte_count;
    memcpy(place, source, head);
    size_t middle = (byte_count - head) & ~(size_t)63;
    copy(place + head, source + head, middle);
    memcpy(place + head + middle, source + head + middle, byte_count - head - middle);
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#else
    __atomic_thread_fence(__ATOMIC_RELEASE);
#endif
}
