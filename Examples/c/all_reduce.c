/* Sums a vector over all ranks of a job, first while waiting, then beside other work.
 *
 *     make && martlet launch -n 4 -- ./all_reduce
 *
 * Alone, `./all_reduce` is a job of one rank. */
#include <martlet.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { count = 1000000 };

/* Every call says how it ended; here, a failure ends the program with the library's own words. */
static void check(martlet_status status, const char *what) {
    if (status == MARTLET_OK) return;
    martlet_error error = {.struct_byte_count = sizeof error};
    martlet_last_error(&error);
    fprintf(stderr, "%s: %s: %s\n", what, martlet_status_name(status), error.message);
    if (error.culprit >= 0) fprintf(stderr, "the rank to blame is %d\n", (int)error.culprit);
    exit(1);
}

/* How many elements are not `expected`. */
static int wrong(const float *values, float expected) {
    int found = 0;
    for (int i = 0; i < count; i++) found += values[i] != expected;
    return found;
}

int main(void) {
    /* Everything comes from the environment: martlet launch sets it, torchrun does, or you do. */
    martlet_communicator *world = NULL;
    check(martlet_communicator_join(NULL, &world), "join");
    int32_t rank = 0, rank_count = 0;
    check(martlet_communicator_rank(world, &rank), "rank");
    check(martlet_communicator_rank_count(world, &rank_count), "rank_count");
    float expected = (float)rank_count * (float)(rank_count + 1) / 2;

    float *values = malloc(count * sizeof *values);
    float *sums = malloc(count * sizeof *sums);
    if (values == NULL || sums == NULL) return 1;
    for (int i = 0; i < count; i++) values[i] = (float)(rank + 1);

    /* Blocking, out of place: `values` stays as it is. */
    check(martlet_all_reduce(world, values, sums, count, MARTLET_FLOAT32, MARTLET_SUM),
          "all_reduce");
    int errors = wrong(sums, expected);

    /* Non-blocking, in place: until the request has ended, `values` belongs to it. */
    martlet_request *request = NULL;
    check(martlet_all_reduce_start(
              world, values, values, count, MARTLET_FLOAT32, MARTLET_SUM, &request),
          "all_reduce_start");
    uint64_t work = 0;
    int32_t is_done = 0;
    while (!is_done) {
        work++; /* The next layer's gradients, for instance. */
        check(martlet_request_test(request, &is_done), "request");
    }
    check(martlet_request_free(request), "request_free");
    errors += wrong(values, expected);

    printf("rank %d of %d: the sum is %g, %d wrong, %llu steps of other work meanwhile\n",
           (int)rank, (int)rank_count, sums[0], errors, (unsigned long long)work);
    check(martlet_communicator_destroy(world), "destroy");
    free(values);
    free(sums);
    return errors == 0 ? 0 : 1;
}
