/* What the memory itself allows: n processes that see each other's buffers add up their part of all of
 * them once, and write the sums into all of them once. For an all-reduce of `size` bytes nobody can
 * read or write less. There is no barrier between the processes, so nothing is waited for either.
 *
 * All buffers lie in one mapping that is made before the fork; each process touches its own first. */
#include "local_ranks.h"

struct limit {
    struct local_rank local;
    size_t count; /* elements of each buffer */
};

static float *buffers[LIMIT_OF_LOCAL_RANKS];

static int prepare(void *state, const char *variant, float *buffer, size_t count) {
    struct limit *limit = state;
    limit->count = count;
    memcpy(buffers[limit->local.rank], buffer, count * sizeof(float));
    local_total(&limit->local, 0);
    return variant[0] != '\0';
}

/* Two buffers have a loop of their own, which compilers make vectors of. */
static void add_two(float *restrict first, float *restrict second, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) first[i] = second[i] = first[i] + second[i];
}

static void add_many(int ranks, size_t begin, size_t end) {
    float sums[1024];
    for (size_t start = begin; start < end; start += 1024) {
        const size_t count = end - start < 1024 ? end - start : 1024;
        memcpy(sums, buffers[0] + start, count * sizeof(float));
        for (int rank = 1; rank < ranks; rank++) {
            const float *source = buffers[rank] + start;
            for (size_t i = 0; i < count; i++) sums[i] += source[i];
        }
        for (int rank = 0; rank < ranks; rank++)
            memcpy(buffers[rank] + start, sums, count * sizeof(float));
    }
}

static void run(void *state) {
    const struct limit *limit = state;
    const size_t ranks = (size_t)limit->local.ranks, rank = (size_t)limit->local.rank;
    const size_t begin = limit->count * rank / ranks, end = limit->count * (rank + 1) / ranks;
    if (ranks == 2) add_two(buffers[0], buffers[1], begin, end);
    else add_many((int)ranks, begin, end);
}

static void finish(void *state) { (void)state; }

/* Looks once all are done, and leaves zeros, which stay zeros however often they are added. */
static long wrong_elements(void *state, const float *buffer, size_t count) {
    struct limit *limit = state;
    (void)buffer;
    local_total(&limit->local, 0);
    float *own = buffers[limit->local.rank];
    const long wrong = wrong_sums(own, 0, count, limit->local.ranks);
    local_total(&limit->local, 0);
    memset(own, 0, count * sizeof(float));
    local_total(&limit->local, 0);
    return wrong;
}

static long agree(void *state, long value) {
    return local_agree(&((struct limit *)state)->local, value);
}

static long total(void *state, long value) {
    return local_total(&((struct limit *)state)->local, value);
}

static void be_rank(struct local_rank local, const struct measuring_options *options) {
    struct limit limit = {.local = local};
    const struct contender contender = {.state = &limit,
                                        .rank = local.rank,
                                        .ranks = local.ranks,
                                        .prepare = prepare,
                                        .run = run,
                                        .finish = finish,
                                        .wrong_elements = wrong_elements,
                                        .agree = agree,
                                        .total = total};
    if (local.rank == 0) printf("about library=shared buffers\n");
    measure_all(&contender, options);
}

int main(int argc, char **argv) {
    const struct measuring_options options = parse_options(argc, argv);
    if (options.ranks < 2 || options.ranks > LIMIT_OF_LOCAL_RANKS)
        refuse("--ranks out of range", "");
    size_t largest = 0;
    for (int i = 0; i < options.measurement_count; i++)
        if (options.measurements[i].byte_count > largest)
            largest = options.measurements[i].byte_count;
    const size_t page = 4096, pages = (largest + page - 1) / page * page;
    for (int rank = 0; rank < options.ranks; rank++) {
        void *memory =
            mmap(NULL, pages, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) refuse("out of memory", "");
        buffers[rank] = memory;
    }
    return run_local_ranks(&options, be_rank);
}
