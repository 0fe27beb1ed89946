/* The layout and the numbers of martlet.h 0.1.0, which programs have compiled in for ever. Compiled
 * by the tests as C99 and as C++11, with every warning an error; nothing runs. */
#include <martlet.h>

#include <stddef.h>

#define CHECK_NAME(line) check_in_line_##line
#define CHECK_AT(line, condition) typedef char CHECK_NAME(line)[(condition) ? 1 : -1]
#define SAME(left, right) CHECK_LINE(__LINE__, (left) == (right))
#define CHECK_LINE(line, condition) CHECK_AT(line, condition)

SAME(sizeof(martlet_status), 4);
SAME(sizeof(martlet_phase), 4);
SAME(sizeof(martlet_data_type), 4);
SAME(sizeof(martlet_operation), 4);
SAME(sizeof(martlet_algorithm), 4);

SAME(MARTLET_OK, 0);
SAME(MARTLET_INVALID_ARGUMENT, 1);
SAME(MARTLET_MISMATCH, 2);
SAME(MARTLET_PEER_LOST, 3);
SAME(MARTLET_TIMED_OUT, 4);
SAME(MARTLET_ABORTED, 5);
SAME(MARTLET_PEER_LEFT, 6);
SAME(MARTLET_SYSTEM, 7);
SAME(MARTLET_BUSY, 8);
SAME(MARTLET_UNSUPPORTED, 9);
SAME(MARTLET_NOT_JOINED, 10);

SAME(MARTLET_PHASE_NONE, 0);
SAME(MARTLET_PHASE_JOINING, 1);
SAME(MARTLET_PHASE_IDLE, 2);
SAME(MARTLET_PHASE_OPERATION, 3);
SAME(MARTLET_PHASE_LEAVING, 4);

SAME(MARTLET_INT8, 1);
SAME(MARTLET_UINT8, 2);
SAME(MARTLET_INT32, 3);
SAME(MARTLET_UINT32, 4);
SAME(MARTLET_INT64, 5);
SAME(MARTLET_UINT64, 6);
SAME(MARTLET_FLOAT16, 7);
SAME(MARTLET_BFLOAT16, 8);
SAME(MARTLET_FLOAT32, 9);
SAME(MARTLET_FLOAT64, 10);

SAME(MARTLET_SUM, 1);
SAME(MARTLET_PRODUCT, 2);
SAME(MARTLET_MINIMUM, 3);
SAME(MARTLET_MAXIMUM, 4);
SAME(MARTLET_AVERAGE, 5);

SAME(MARTLET_ALGORITHM_AUTO, 0);
SAME(MARTLET_ALGORITHM_RING, 1);
SAME(MARTLET_ALGORITHM_TREE, 2);
SAME(MARTLET_ALGORITHM_HALVING_DOUBLING, 3);
SAME(MARTLET_ALGORITHM_DIRECT, 4);

SAME(MARTLET_FROM_ENVIRONMENT, -1);
SAME(MARTLET_NO_COLOR, -1);

#if UINTPTR_MAX == UINT64_MAX
SAME(sizeof(martlet_error), 40);
SAME(offsetof(martlet_error, struct_byte_count), 0);
SAME(offsetof(martlet_error, status), 8);
SAME(offsetof(martlet_error, phase), 12);
SAME(offsetof(martlet_error, culprit), 16);
SAME(offsetof(martlet_error, error_number), 20);
SAME(offsetof(martlet_error, sequence), 24);
SAME(offsetof(martlet_error, message), 32);

SAME(sizeof(martlet_configuration), 104);
SAME(offsetof(martlet_configuration, struct_byte_count), 0);
SAME(offsetof(martlet_configuration, rank), 8);
SAME(offsetof(martlet_configuration, rank_count), 12);
SAME(offsetof(martlet_configuration, meeting), 16);
SAME(offsetof(martlet_configuration, job), 24);
SAME(offsetof(martlet_configuration, secret), 32);
SAME(offsetof(martlet_configuration, secret_byte_count), 40);
SAME(offsetof(martlet_configuration, timeout_seconds), 48);
SAME(offsetof(martlet_configuration, operation_timeout_seconds), 56);
SAME(offsetof(martlet_configuration, network_interface), 64);
SAME(offsetof(martlet_configuration, plan_path), 72);
SAME(offsetof(martlet_configuration, algorithm), 80);
SAME(offsetof(martlet_configuration, strict), 84);
SAME(offsetof(martlet_configuration, epoch), 88);
SAME(offsetof(martlet_configuration, transport), 96);
#endif

int main(void) {
    return martlet_version_check(MARTLET_VERSION);
}
