/* How every compiled contender is measured: one loop for all of them, so that ratios compare
 * libraries and not stop-watches. Valid C11 and C++17.
 *
 * The rules: one buffer per size, reduced in place and reused by every iteration (caches are warm
 * as far as the size lets them be); iterations back to back, without a barrier between them;
 * allocation, verification and warm-up are outside the timing. The figure to compare is the mean:
 * the elapsed time of the slowest rank over the number of iterations. Median and 99th percentile
 * are of rank 0's iterations, from end to end; where ranks outnumber cores a few iterations carry
 * the waits of all, so that a median may be a time at which nobody ever runs.
 *
 * The bytes that the loopback device carried meanwhile are printed too: a library that quietly took
 * another way (shared memory) is found out by them.
 *
 * The processor time is that of all ranks and all their threads, per operation.
 *
 * On standard output rank 0 prints one line `about library=…`, one line `result …` for each
 * measurement, and the line `done` at the end, without which the output counts as cut off. */
#ifndef PEERS_MEASURE_H
#define PEERS_MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectives.h"

#define LIMIT_OF_MEASUREMENTS 256
#define WARM_UP_SHARE 0.25

/* One library, as the loop sees it. The functions are collective: every rank calls them alike. */
struct contender {
    void *state;
    int rank;
    int ranks;
    /* Readies the collective over `count` float32 elements; nonzero refuses the variant. */
    int (*prepare)(void *state, const char *variant, float *buffer, size_t count);
    void (*run)(void *state);
    void (*finish)(void *state);
    /* Elements of the buffer that are not what one operation over `fill_buffer` must give. */
    long (*wrong_elements)(void *state, const float *buffer, size_t count);
    /* Rank 0's value, on every rank. */
    long (*agree)(void *state, long value);
    /* The sum over all ranks, on every rank. */
    long (*total)(void *state, long value);
};

struct measurement {
    size_t byte_count;
    char variant[48];
};

struct measuring_options {
    struct measurement measurements[LIMIT_OF_MEASUREMENTS];
    int measurement_count;
    double budget_seconds;
    long least_iterations;
    long most_iterations;
    int ranks;
    int pin;
    enum collective collective;
};

static inline double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Processor time that this process has taken, on all its threads. */
static inline double processor_seconds(void) {
    struct timespec taken;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &taken);
    return (double)taken.tv_sec + (double)taken.tv_nsec * 1e-9;
}

static inline void refuse(const char *message, const char *detail) {
    fprintf(stderr, "error: %s%s\n", message, detail);
    exit(2);
}

/* `8:ring,1024:bcube` or `8,1024`: sizes in bytes, each with the variant to use, if any. */
static void parse_measurements(struct measuring_options *options, char *list) {
    for (char *item = strtok(list, ","); item != NULL; item = strtok(NULL, ",")) {
        if (options->measurement_count == LIMIT_OF_MEASUREMENTS) refuse("too many sizes", "");
        struct measurement *next = &options->measurements[options->measurement_count++];
        char *colon = strchr(item, ':');
        if (colon != NULL) {
            *colon = '\0';
            snprintf(next->variant, sizeof next->variant, "%s", colon + 1);
        }
        next->byte_count = strtoull(item, NULL, 10);
        if (next->byte_count < 4 || next->byte_count % 4 != 0) refuse("not a size: ", item);
    }
}

static struct measuring_options parse_options(int argc, char **argv) {
    struct measuring_options options;
    memset(&options, 0, sizeof options);
    options.budget_seconds = 0.04;
    options.least_iterations = 3;
    options.most_iterations = 20000;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--pin") == 0) {
            options.pin = 1;
            continue;
        }
        if (i + 1 == argc) refuse("no value for ", name);
        char *value = argv[++i];
        if (strcmp(name, "--measure") == 0) parse_measurements(&options, value);
        else if (strcmp(name, "--budget-milliseconds") == 0)
            options.budget_seconds = atof(value) / 1e3;
        else if (strcmp(name, "--least-iterations") == 0) options.least_iterations = atol(value);
        else if (strcmp(name, "--most-iterations") == 0) options.most_iterations = atol(value);
        else if (strcmp(name, "--ranks") == 0) options.ranks = atoi(value);
        else if (strcmp(name, "--collective") == 0) options.collective = collective_named(value);
        else refuse("unknown option ", name);
    }
    if (options.collective == COLLECTIVE_UNKNOWN) refuse("unknown --collective", "");
    if (options.measurement_count == 0) refuse("--measure names no size", "");
    if (options.least_iterations < 1 || options.most_iterations < options.least_iterations)
        refuse("iterations out of range", "");
    return options;
}

/* What the loopback device has received since it came up; -1 where that cannot be read. */
static inline long long loopback_bytes(void) {
    FILE *devices = fopen("/proc/net/dev", "r");
    long long bytes = -1;
    char line[512];
    if (devices == NULL) return -1;
    while (fgets(line, sizeof line, devices) != NULL)
        if (sscanf(line, " lo: %lld", &bytes) == 1) break;
    fclose(devices);
    return bytes;
}

/* Runs until a share of the budget is spent, and says how long one operation took at the end. */
static double warm_up(const struct contender *contender, const struct measuring_options *options) {
    const double end = seconds_now() + options->budget_seconds * WARM_UP_SHARE;
    double duration = 0;
    long batch = 1;
    for (;;) {
        const double start = seconds_now();
        for (long i = 0; i < batch; i++) contender->run(contender->state);
        duration = (seconds_now() - start) / (double)batch;
        if (!contender->agree(contender->state, seconds_now() < end)) return duration;
        if (batch < 64) batch *= 2;
    }
}

static int compare_doubles(const void *a, const void *b) {
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The greatest of the ranks' values, on every rank. */
static double slowest(const struct contender *contender, double seconds) {
    long most = 0;
    for (int rank = 0; rank < contender->ranks; rank++) {
        const long own = rank == contender->rank ? (long)(seconds * 1e9) : 0;
        const long nanoseconds = contender->total(contender->state, own);
        if (nanoseconds > most) most = nanoseconds;
    }
    return (double)most * 1e-9;
}

static void print_result(const struct measurement *measurement, double *seconds, long iterations,
                         double elapsed, double taken, long long carried, long wrong) {
    qsort(seconds, (size_t)iterations, sizeof *seconds, compare_doubles);
    const double median = (seconds[(iterations - 1) / 2] + seconds[iterations / 2]) / 2;
    const long tail = (long)((double)(iterations - 1) * 0.99 + 0.5);
    printf("result byteCount=%zu variant=%s iterations=%ld medianMicroseconds=%.4f "
           "minimumMicroseconds=%.4f meanMicroseconds=%.4f p99Microseconds=%.4f "
           "processorMicroseconds=%.4f loopbackBytes=%lld wrong=%ld\n",
           measurement->byte_count, measurement->variant, iterations, median * 1e6,
           seconds[0] * 1e6, elapsed / (double)iterations * 1e6, seconds[tail] * 1e6,
           taken / (double)iterations * 1e6, carried, wrong);
    fflush(stdout);
}

static void time_iterations(const struct contender *contender,
                            const struct measuring_options *options,
                            const struct measurement *measurement, long wrong) {
    const double expected = warm_up(contender, options);
    double wanted = options->budget_seconds / (expected > 1e-9 ? expected : 1e-9);
    if (wanted < (double)options->least_iterations) wanted = (double)options->least_iterations;
    if (wanted > (double)options->most_iterations) wanted = (double)options->most_iterations;
    const long iterations = contender->agree(contender->state, (long)wanted);
    double *seconds = (double *)calloc((size_t)iterations, sizeof *seconds);
    if (seconds == NULL) refuse("out of memory", "");
    memset(seconds, 1, (size_t)iterations * sizeof *seconds); /* so that no page is missing later */
    /* Read before the barrier: after it others may be ahead of this rank. */
    const long long carried_before = loopback_bytes();
    contender->total(contender->state, 0);
    const double taken_before = processor_seconds();
    const double start = seconds_now();
    double last = start;
    for (long i = 0; i < iterations; i++) {
        contender->run(contender->state);
        const double now = seconds_now();
        seconds[i] = now - last;
        last = now;
    }
    const double own_taken = processor_seconds() - taken_before;
    const double elapsed = slowest(contender, last - start);
    const double taken = 1e-9 * (double)contender->total(contender->state, (long)(own_taken * 1e9));
    const long long carried = loopback_bytes() - carried_before;
    if (contender->rank == 0)
        print_result(measurement, seconds, iterations, elapsed, taken, carried, wrong);
    free(seconds);
}

static void measure_one(const struct contender *contender,
                        const struct measuring_options *options,
                        const struct measurement *measurement) {
    const size_t count = measurement->byte_count / sizeof(float);
    const size_t page = 4096;
    float *buffer =
        (float *)aligned_alloc(page, (measurement->byte_count + page - 1) / page * page);
    if (buffer == NULL) refuse("out of memory", "");
    fill_buffer(buffer, count, contender->rank);
    if (contender->prepare(contender->state, measurement->variant, buffer, count) != 0)
        refuse("unknown variant ", measurement->variant);
    contender->run(contender->state);
    const long wrong = contender->total(
        contender->state, contender->wrong_elements(contender->state, buffer, count));
    /* Zeros stay zeros however often they are added, so no value ever slows the arithmetic down. */
    memset(buffer, 0, measurement->byte_count);
    time_iterations(contender, options, measurement, wrong);
    contender->finish(contender->state);
    free(buffer);
}

static void measure_all(const struct contender *contender,
                        const struct measuring_options *options) {
    for (int i = 0; i < options->measurement_count; i++)
        measure_one(contender, options, &options->measurements[i]);
    if (contender->rank == 0) {
        printf("done\n");
        fflush(stdout);
    }
}

#endif
