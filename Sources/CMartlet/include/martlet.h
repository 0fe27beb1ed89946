/*
 * martlet.h: collective communication between the ranks of a job, for C and for everything that
 * can call C. The library is libmartlet.so; `pkg-config --cflags --libs martlet` finds both.
 *
 *     martlet_communicator *world = NULL;
 *     if (martlet_communicator_join(NULL, &world) != MARTLET_OK) {
 *         fprintf(stderr, "%s\n", martlet_last_error_message());
 *         return 1;
 *     }
 *     martlet_all_reduce(world, gradients, gradients, count, MARTLET_FLOAT32, MARTLET_SUM);
 *     martlet_communicator_destroy(world);
 *
 * What holds for every function, unless it says otherwise:
 *
 * - Errors. A function returns MARTLET_OK or the reason why not, and never ends the process over
 *   its arguments: null pointers, numbers out of range, handles that were destroyed, and values
 *   that are no handles become MARTLET_INVALID_ARGUMENT. (That a buffer is as large as the count
 *   says, no library can check.) martlet_last_error() tells the rest.
 * - Failed communicators. All statuses but MARTLET_INVALID_ARGUMENT, MARTLET_BUSY and
 *   MARTLET_UNSUPPORTED end the communicator, on every rank: each later call returns at once, with
 *   the first cause. What remains is to destroy it.
 * - Time. Every operation ends, in success or failure, within its timeout (300 s unless configured),
 *   which runs from where it first has to wait, and about a second in which the ranks find out who
 *   is to blame. Opening links for their first use, and the round that strict mode puts in front,
 *   have as much of their own. A call first carries what was started before it to its end, and
 *   waits for another thread's call. The death of a rank's process ends calls within a second.
 * - Threads. Every function may be called from any thread. Calls on one communicator run one after
 *   the other, and their order must be the same on every rank: with several threads, the program
 *   sees to that. Different communicators are independent of each other.
 * - Memory. Whatever a pointer leads to stays the caller's. Buffers must stay in place until a
 *   blocking call has returned, or a request has ended; afterwards nobody writes to them. Strings
 *   and structures are read before the call returns. Only handles have to be given back.
 * - Processes. A child made by fork() cannot use the parent's communicators; one that calls exec()
 *   inherits nothing of them. No function may be called from a signal handler.
 *
 * C99 and C++11. Numbers and layouts in this file never change under one soname: fields are added
 * at the end of structures, which say how many bytes of them the caller knows.
 */
#ifndef MARTLET_H
#define MARTLET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------ version */

/* The version of this header. The soname carries the first number: libmartlet.so.0. */
#define MARTLET_VERSION_MAJOR 0
#define MARTLET_VERSION_MINOR 1
#define MARTLET_VERSION_PATCH 0
#define MARTLET_VERSION \
    (MARTLET_VERSION_MAJOR * 1000000 + MARTLET_VERSION_MINOR * 1000 + MARTLET_VERSION_PATCH)

/* The version of the library that is loaded, to be compared with MARTLET_VERSION. */
int32_t martlet_version(void);

/* The same for humans, such as "0.1.0". Static: never free it. */
const char *martlet_version_text(void);

/* ------------------------------------------------------------------------------------- status */

/* How a call ended. */
typedef int32_t martlet_status;
enum {
    MARTLET_OK = 0,
    /* An argument of this call on this rank is wrong; nothing was sent. */
    MARTLET_INVALID_ARGUMENT = 1,
    /* Ranks called different collectives, or the same one with different arguments. An in-place
     * buffer is unspecified afterwards; a separate input is untouched. */
    MARTLET_MISMATCH = 2,
    /* A rank's process ended, or it cannot be reached any more. */
    MARTLET_PEER_LOST = 3,
    /* The operation's timeout passed. */
    MARTLET_TIMED_OUT = 4,
    /* Some rank called martlet_communicator_abort(), or this one has left. */
    MARTLET_ABORTED = 5,
    /* A rank that the operation needs has left in good order. */
    MARTLET_PEER_LEFT = 6,
    /* A system call failed. */
    MARTLET_SYSTEM = 7,
    /* A limit is reached for now, or a request has not ended yet. */
    MARTLET_BUSY = 8,
    /* This library cannot do what was asked. */
    MARTLET_UNSUPPORTED = 9,
    /* The ranks could not meet, or did not belong together. */
    MARTLET_NOT_JOINED = 10
};

/* The name of a status, such as "MARTLET_PEER_LOST"; "MARTLET_STATUS_UNKNOWN" for numbers that are
 * none. Static: never free it. */
const char *martlet_status_name(martlet_status status);

/* Whether the loaded library serves a program that was compiled with a header of this version:
 * MARTLET_OK, or MARTLET_UNSUPPORTED where the first numbers differ or the library is the older
 * one. For programs that load the library by hand: martlet_version_check(MARTLET_VERSION). */
martlet_status martlet_version_check(int32_t header_version);

/* What was going on when an error arose. */
typedef int32_t martlet_phase;
enum {
    /* In no communicator: the arguments of a function that needs none. */
    MARTLET_PHASE_NONE = 0,
    /* While the ranks met, or while a new communicator's links opened. */
    MARTLET_PHASE_JOINING = 1,
    /* Between two operations, and what is refused before an operation begins. */
    MARTLET_PHASE_IDLE = 2,
    /* Inside an operation. */
    MARTLET_PHASE_OPERATION = 3,
    /* While ranks left. */
    MARTLET_PHASE_LEAVING = 4
};

/* All that is known of a failure. */
typedef struct martlet_error {
    /* sizeof(martlet_error), set by the caller: how much of the structure may be written. */
    size_t struct_byte_count;
    /* MARTLET_OK while no call of this thread has failed. */
    martlet_status status;
    martlet_phase phase;
    /* The rank to blame, in the numbers of the communicator; -1 where none is known. */
    int32_t culprit;
    /* The errno behind the failure, on the rank that saw it first; 0 where there is none. */
    int32_t error_number;
    /* The position of the operation among those of its communicator, from 1; 0 outside of any, also
     * for calls that did not begin because the communicator had failed or was left. */
    uint64_t sequence;
    /* What happened, for humans, in UTF-8: ranks, operations, addresses, and a remedy where one is
     * known. At most 2047 bytes. Never null; valid until this thread's next failing call. */
    const char *message;
} martlet_error;

/* Describes the last call of this thread that did not return MARTLET_OK, also one on a request that
 * failed. Calls that succeed leave it as it is.
 *
 * Itself it fails for a null pointer and for a structure smaller than that of version 0.1.0, and
 * does not count as a call then. A larger structure, of a later version, is filled as far as the
 * library knows it. Never blocks. */
martlet_status martlet_last_error(martlet_error *error);

/* Only its message, "" while no call of this thread has failed. Valid until the next that does. */
const char *martlet_last_error_message(void);

/* -------------------------------------------------------------------------------- vocabulary */

/* The type of a buffer's elements. Elements may lie at any address, aligned or not. */
typedef int32_t martlet_data_type;
enum {
    MARTLET_INT8 = 1,
    MARTLET_UINT8 = 2,
    MARTLET_INT32 = 3,
    MARTLET_UINT32 = 4,
    MARTLET_INT64 = 5,
    MARTLET_UINT64 = 6,
    /* IEEE 754 binary16. Combined in float32 and rounded once per combination. */
    MARTLET_FLOAT16 = 7,
    /* The upper half of a float32. Combined in float32 and rounded once per combination. */
    MARTLET_BFLOAT16 = 8,
    MARTLET_FLOAT32 = 9,
    MARTLET_FLOAT64 = 10
};

/* Bytes per element, 0 for numbers that are no type. */
size_t martlet_data_type_byte_count(martlet_data_type type);

/* How the contributions of the ranks become one value. All ranks end with the same bits. */
typedef int32_t martlet_operation;
enum {
    /* Integers wrap modulo their width. */
    MARTLET_SUM = 1,
    /* Integers wrap modulo their width. */
    MARTLET_PRODUCT = 2,
    /* A NaN in any contribution gives NaN; -0 is less than +0. */
    MARTLET_MINIMUM = 3,
    /* A NaN in any contribution gives NaN; -0 is less than +0. */
    MARTLET_MAXIMUM = 4,
    /* The sum, divided once by the number of ranks: integers truncate toward zero. */
    MARTLET_AVERAGE = 5
};

/* The family of schedules that carries a collective. */
typedef int32_t martlet_algorithm;
enum {
    /* Chosen by cost, or as the environment's MARTLET_ALGORITHM says. */
    MARTLET_ALGORITHM_AUTO = 0,
    MARTLET_ALGORITHM_RING = 1,
    MARTLET_ALGORITHM_TREE = 2,
    MARTLET_ALGORITHM_HALVING_DOUBLING = 3,
    MARTLET_ALGORITHM_DIRECT = 4,
    /* Of all-reduce: one rank combines and answers, for ranks that share cores. */
    MARTLET_ALGORITHM_STAR = 5
};

/* A group of ranks that compute collectives together. A handle, not an address: never dereference
 * it. At most 65,536 exist at a time in a process. */
typedef struct martlet_communicator martlet_communicator;

/* A non-blocking operation. A handle, too; at most 65,536 exist at a time in a process. */
typedef struct martlet_request martlet_request;

/* -------------------------------------------------------------------------- joining, leaving */

/* Take this from the environment. */
#define MARTLET_FROM_ENVIRONMENT (-1)

/* How a process joins its job. What is left as martlet_configuration_init() sets it comes from the
 * environment: RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT as torchrun and `martlet launch` set
 * them, or the MARTLET_... variables of the same meaning, which are stronger.
 * A process that has none of them is alone: rank 0 of 1. */
typedef struct martlet_configuration {
    /* sizeof(martlet_configuration) as the caller was compiled. */
    size_t struct_byte_count;
    /* This process's position, 0 ... rank_count - 1, or MARTLET_FROM_ENVIRONMENT. */
    int32_t rank;
    /* 1 ... 65536, or MARTLET_FROM_ENVIRONMENT. */
    int32_t rank_count;
    /* Where the ranks meet: "host:port" or "[IPv6]:port", at which rank 0 listens, or "file:/path", a
     * file that all ranks see and rank 0 writes. Null: MARTLET_MEETING, or MASTER_ADDR and MASTER_PORT. */
    const char *meeting;
    /* Names the job, in 1 to 64 printable bytes; ranks of other jobs are refused. Null: MARTLET_JOB,
     * or "default". */
    const char *job;
    /* 16 to 1024 bytes that only the job's ranks know. Null: MARTLET_JOB_SECRET; without any, only
     * processes of this host may meet. */
    const uint8_t *secret;
    size_t secret_byte_count;
    /* How long to wait for the others, 0.1 to 86400 seconds. 0: MARTLET_TIMEOUT_SECONDS, or 30. */
    double timeout_seconds;
    /* How long one operation may take, 0.001 to 1e8 seconds.
     * 0: MARTLET_OPERATION_TIMEOUT_SECONDS, or 300. */
    double operation_timeout_seconds;
    /* The interface that other ranks reach this one on: a name or a network such as "10.0.0.0/16".
     * Null: MARTLET_INTERFACE, or the one that the route to rank 0 uses. */
    const char *network_interface;
    /* A file with the plan; rank 0's counts. Where there is one it is used instead of measuring;
     * where there is none, it is written with what was measured. Null: MARTLET_PLAN, or none. */
    const char *plan_path;
    /* Carries every collective that it can carry, in place of the choice by cost. */
    martlet_algorithm algorithm;
    /* 1: all ranks agree on each operation before anything of it moves, which costs a barrier per
     * operation. 0: not so. MARTLET_FROM_ENVIRONMENT: as MARTLET_STRICT says, or not. */
    int32_t strict;
    /* Counts the starts of the job, 0 ... 4294967295; ranks of another epoch are refused. After a
     * failure the ranks that go on join again with the next epoch. MARTLET_FROM_ENVIRONMENT:
     * MARTLET_EPOCH, or torchrun's count of restarts, or 0. */
    int64_t epoch;
    /* Which transports may carry this rank's links, and which must: "auto" (shared memory between
     * ranks of one host where it works, TCP elsewhere), "shm" or "tcp" alone, or demands with commas
     * between them, as "shm=prefer,tcp=forbid" (auto, prefer, require, forbid).
     * Null: MARTLET_TRANSPORT, or auto. */
    const char *transport;
} martlet_configuration;

/* Makes a configuration that takes everything from the environment.
 *
 * Pass sizeof(martlet_configuration): a program keeps working with libraries that know more fields,
 * or fewer as long as those that the library does not know stay as they are. Never blocks. */
martlet_status martlet_configuration_init(
    martlet_configuration *configuration, size_t struct_byte_count);

/* Meets all ranks of the job and makes the communicator of them all, the world.
 *
 * A null configuration takes everything from the environment. Every rank calls it; it blocks until
 * all have come, every link stands and all have the same plan. The ranks meet and open their links
 * within the joining timeout, or it fails after at most half a second more on every rank that came,
 * with the same cause: who is missing, who came twice, or who belongs to another job. To agree on
 * the plan they run some operations, each with the operation's timeout. On failure *world is null.
 *
 * MARTLET_INVALID_ARGUMENT: a field or a variable of the environment cannot be meant.
 * MARTLET_NOT_JOINED: the ranks did not meet or do not belong together, or rank 0's plan cannot be
 * read or saved. Others: they met, and a rank could not open its links, was lost, or gave up.
 *
 * Ownership: give the world back with martlet_communicator_destroy(). */
martlet_status martlet_communicator_join(
    const martlet_configuration *configuration, martlet_communicator **world);

/* The color of ranks that take part in no new communicator. */
#define MARTLET_NO_COLOR (-1)

/* Divides the ranks into new communicators, one for each color; every rank calls it.
 *
 * Ranks with the same color (0 or more) meet in one, in the order of their keys, and of their ranks
 * where keys are equal. A rank with MARTLET_NO_COLOR gets null. The new communicator has links and a
 * sequence of its own, fails alone, and may outlive the one that it came from, but not the world.
 * Blocks for an all-gather and until its links stand, each within the operation's timeout. On
 * failure *part is null; where only the links did not stand, the communicator is as good as
 * before.
 *
 * Ownership: give the part back with martlet_communicator_destroy(). */
martlet_status martlet_communicator_split(
    martlet_communicator *communicator, int32_t color, int32_t key, martlet_communicator **part);

/* Fails the communicator on every rank, with MARTLET_ABORTED: calls and requests under way end
 * within 100 ms on this host, on others as soon as the news arrives. The first cause of a
 * communicator that failed before stays. Works at any time and does not wait for calls of other
 * threads.
 *
 * Returns once this rank's calls fail too, which takes 30 ms, and after 100 ms at most. The reason
 * reaches the other ranks' messages, cut to 400 bytes; it may be null. */
martlet_status martlet_communicator_abort(martlet_communicator *communicator, const char *reason);

/* Ends this rank's part in good order: what it sent still arrives, and other ranks fail only if
 * they call an operation that needs it. Later calls here, and requests still under way, fail with
 * MARTLET_ABORTED. Leaving the world ends the process's part in the job, all of its other
 * communicators included.
 *
 * Blocks while another thread's call is under way; then until the other ranks leave too, 1.05 s at
 * most, and not at all where the communicator has failed; for the world 0.2 s more at most. Leaving
 * twice is no mistake. The handle stays until it is destroyed. */
martlet_status martlet_communicator_leave(martlet_communicator *communicator);

/* Leaves, if that has not been done, and gives the handle back: afterwards every call with it is
 * MARTLET_INVALID_ARGUMENT. Requests keep their own handles. Null is no mistake and does nothing.
 * Blocks as leaving does. */
martlet_status martlet_communicator_destroy(martlet_communicator *communicator);

/* --------------------------------------------------------------------------------- questions */

/* This process's position in the communicator, 0 ... rank_count - 1. Never blocks. */
martlet_status martlet_communicator_rank(const martlet_communicator *communicator, int32_t *rank);

/* How many ranks the communicator has. Never blocks. */
martlet_status martlet_communicator_rank_count(
    const martlet_communicator *communicator, int32_t *rank_count);

/* MARTLET_OK while the communicator is healthy, else the first cause of its failure, which
 * martlet_last_error() then describes. Never blocks. */
martlet_status martlet_communicator_status(const martlet_communicator *communicator);

/* Writes for humans who is where, which transport leads to whom and why, which algorithms carry
 * what, and the times within which failures are seen: lines of UTF-8.
 *
 * Like snprintf: writes at most buffer_byte_count bytes, the last of them zero, and sets
 * *needed_byte_count to what the whole text takes, zero included. Text that did not fit was cut,
 * at a character. The buffer may be null where its size is 0, needed_byte_count always. */
martlet_status martlet_communicator_describe(
    const martlet_communicator *communicator, char *buffer, size_t buffer_byte_count,
    size_t *needed_byte_count);

/* -------------------------------------------------------------------------------- collectives
 *
 * All ranks of the communicator call the same collective with the same count, type, operation and
 * root. Counts are elements, not bytes, and never more than fit 2^59 bytes; 0 is a count, and
 * buffers may be null then. `n` stands for the number of ranks.
 *
 * Input and output are either the same memory, as each function says, or lie apart: anything else
 * is MARTLET_INVALID_ARGUMENT. After an error a buffer that was both is unspecified; a separate
 * input is untouched.
 *
 * MARTLET_INVALID_ARGUMENT concerns this rank alone: nothing was sent, the communicator is as good
 * as before, and the call may be repeated with better arguments.
 *
 * Each blocks until the result is complete, using the calling thread.
 */

/* Every rank ends with the reduction of all inputs.
 *
 * input: count elements. output: count elements. In place: the same address. */
martlet_status martlet_all_reduce(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type, martlet_operation operation);

/* Rank r ends with part r of the reduction of all inputs.
 *
 * input: n * count elements. output: count elements. In place: the output is part r of the input,
 * input + r * count elements. */
martlet_status martlet_reduce_scatter(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type, martlet_operation operation);

/* Every rank ends with all inputs, in the order of the ranks.
 *
 * input: count elements. output: n * count elements. In place: the input is part r of the output,
 * output + r * count elements. */
martlet_status martlet_all_gather(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type);

/* Every rank's output ends as the root's input.
 *
 * input: count elements on the root; not looked at elsewhere, and may be null. output: count
 * elements. In place: the same address. The root depends on nobody and may return before the others
 * have called. */
martlet_status martlet_broadcast(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type, int32_t root);

/* The root ends with the reduction of all inputs.
 *
 * input: count elements. output: count elements on the root; not looked at elsewhere, and may be
 * null. In place, on the root: the same address. Other ranks may return before the root has
 * called. */
martlet_status martlet_reduce(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type, martlet_operation operation, int32_t root);

/* No rank returns before every rank has called. */
martlet_status martlet_barrier(martlet_communicator *communicator);

/* ------------------------------------------------------------------ non-blocking collectives
 *
 * Each starts the collective of its name, with the same arguments, and returns at once with a
 * request. Operations of a communicator run in the order in which they were started, blocking ones
 * included; at most 256 of a communicator are under way, one more is MARTLET_BUSY.
 *
 * The buffers belong to the operation until it has ended: nobody writes to them, and nobody reads
 * the output. A thread of the library carries operations on meanwhile.
 *
 * Where a start fails, nothing was started and *request is null.
 *
 * Ownership: give the request back with martlet_request_free(), after its end.
 */

martlet_status martlet_all_reduce_start(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type, martlet_operation operation, martlet_request **request);

martlet_status martlet_reduce_scatter_start(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type, martlet_operation operation, martlet_request **request);

martlet_status martlet_all_gather_start(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type, martlet_request **request);

martlet_status martlet_broadcast_start(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type, int32_t root, martlet_request **request);

martlet_status martlet_reduce_start(
    martlet_communicator *communicator, const void *input, void *output, size_t count,
    martlet_data_type type, martlet_operation operation, int32_t root, martlet_request **request);

martlet_status martlet_barrier_start(
    martlet_communicator *communicator, martlet_request **request);

/* Blocks until the operation has ended, helping it along on this thread, and returns how. May be
 * repeated, also by several threads. The request stays until it is freed. */
martlet_status martlet_request_wait(martlet_request *request);

/* Whether the operation has ended: *is_done becomes 1, and the status is how it ended; or 0, and
 * the status is MARTLET_OK. Never blocks. On an invalid argument *is_done is left as it is. */
martlet_status martlet_request_test(martlet_request *request, int32_t *is_done);

/* Gives the handle of an operation that has ended back; while it is under way this is MARTLET_BUSY
 * and the request stays, because nobody could learn any more when the buffers are free. Null is no
 * mistake and does nothing. Never blocks. */
martlet_status martlet_request_free(martlet_request *request);

#ifdef __cplusplus
}
#endif

#endif
