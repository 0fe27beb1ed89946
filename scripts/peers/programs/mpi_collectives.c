/* Any MPI library's collectives, measured by the common loop. */
#include <mpi.h>

#include "measure.h"

struct operation {
    enum collective collective;
    float *buffer;
    int count;
    int rank;
    int ranks;
};

static int prepare(void *state, const char *variant, float *buffer, size_t count) {
    struct operation *operation = state;
    operation->buffer = buffer;
    operation->count = (int)count;
    return variant[0] != '\0';
}

static void run(void *state) {
    const struct operation *operation = state;
    float *buffer = operation->buffer;
    const int count = operation->count, part = count / operation->ranks;
    switch (operation->collective) {
    case COLLECTIVE_REDUCE_SCATTER:
        MPI_Reduce_scatter_block(MPI_IN_PLACE, buffer, part, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
        break;
    case COLLECTIVE_ALL_GATHER:
        MPI_Allgather(MPI_IN_PLACE, 0, MPI_FLOAT, buffer, part, MPI_FLOAT, MPI_COMM_WORLD);
        break;
    case COLLECTIVE_BROADCAST: MPI_Bcast(buffer, count, MPI_FLOAT, 0, MPI_COMM_WORLD); break;
    case COLLECTIVE_REDUCE:
        MPI_Reduce(operation->rank == 0 ? MPI_IN_PLACE : buffer, buffer, count, MPI_FLOAT, MPI_SUM, 0,
                   MPI_COMM_WORLD);
        break;
    default: MPI_Allreduce(MPI_IN_PLACE, buffer, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    }
}

static void finish(void *state) { (void)state; }

static long wrong_elements(void *state, const float *buffer, size_t count) {
    const struct operation *operation = state;
    return wrong_results(operation->collective, buffer, count, operation->rank, operation->ranks);
}

static long agree(void *state, long value) {
    (void)state;
    MPI_Bcast(&value, 1, MPI_LONG, 0, MPI_COMM_WORLD);
    return value;
}

static long total(void *state, long value) {
    (void)state;
    long sum = 0;
    MPI_Allreduce(&value, &sum, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
    return sum;
}

static void print_library(void) {
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(text, &length);
    text[strcspn(text, "\n,")] = '\0';
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\t') *c = ' ';
    printf("about library=%s\n", text);
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    const struct measuring_options options = parse_options(argc, argv);
    struct operation operation = {.collective = options.collective};
    struct contender contender = {.state = &operation,
                                  .prepare = prepare,
                                  .run = run,
                                  .finish = finish,
                                  .wrong_elements = wrong_elements,
                                  .agree = agree,
                                  .total = total};
    MPI_Comm_rank(MPI_COMM_WORLD, &contender.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &contender.ranks);
    if (options.ranks != contender.ranks) refuse("started as another number of ranks", "");
    operation.rank = contender.rank;
    operation.ranks = contender.ranks;
    if (contender.rank == 0) print_library();
    measure_all(&contender, &options);
    MPI_Finalize();
    return 0;
}
