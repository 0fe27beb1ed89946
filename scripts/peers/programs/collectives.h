/* The collectives that contenders share, on float32, in place where there is a place: what a buffer
 * must hold after one of them over `fill_buffer`. A buffer has `count` elements: for the all-gather
 * the parts of all ranks behind one another, of which each fills its own; for the reduce-scatter the
 * same before the operation, and afterwards this rank's part at the start. Rank 0 is the root.
 * Valid C11 and C++17. */
#ifndef PEERS_COLLECTIVES_H
#define PEERS_COLLECTIVES_H

#include <stddef.h>
#include <string.h>

enum collective {
    COLLECTIVE_ALL_REDUCE,
    COLLECTIVE_REDUCE_SCATTER,
    COLLECTIVE_ALL_GATHER,
    COLLECTIVE_BROADCAST,
    COLLECTIVE_REDUCE,
    COLLECTIVE_UNKNOWN
};

static inline enum collective collective_named(const char *name) {
    static const char *const names[] = {"all-reduce", "reduce-scatter", "all-gather", "broadcast",
                                        "reduce"};
    int found = 0;
    while (found < COLLECTIVE_UNKNOWN && strcmp(name, names[found]) != 0) found++;
    return (enum collective)found;
}

/* Small whole numbers: their float32 sums are exact for any order of reduction. */
static inline float contribution(int rank, size_t index) {
    return (float)((rank + 1) * (long)(index % 251 + 1));
}

static void fill_buffer(float *buffer, size_t count, int rank) {
    for (size_t i = 0; i < count; i++) buffer[i] = contribution(rank, i);
}

static inline long wrong_sums(const float *buffer, size_t first, size_t count, int ranks) {
    const float factor = (float)(ranks * (ranks + 1) / 2);
    long wrong = 0;
    for (size_t i = 0; i < count; i++) wrong += buffer[i] != factor * contribution(0, first + i);
    return wrong;
}

static inline long wrong_parts(const float *buffer, size_t count, int ranks) {
    const size_t part = count / (size_t)ranks;
    long wrong = 0;
    for (size_t i = 0; i < count; i++) wrong += buffer[i] != contribution((int)(i / part), i);
    return wrong;
}

/* Elements of a rank's buffer that are not what the collective must leave there. */
static inline long wrong_results(enum collective collective, const float *buffer, size_t count,
                                 int rank, int ranks) {
    const size_t part = count / (size_t)ranks;
    long wrong = 0;
    switch (collective) {
    case COLLECTIVE_ALL_GATHER: return wrong_parts(buffer, count, ranks);
    case COLLECTIVE_REDUCE_SCATTER: return wrong_sums(buffer, (size_t)rank * part, part, ranks);
    case COLLECTIVE_BROADCAST:
        for (size_t i = 0; i < count; i++) wrong += buffer[i] != contribution(0, i);
        return wrong;
    case COLLECTIVE_REDUCE: return rank == 0 ? wrong_sums(buffer, 0, count, ranks) : 0;
    default: return wrong_sums(buffer, 0, count, ranks);
    }
}

#endif
