/* The kernels for any processor: SSE2 on x86-64, NEON on aarch64. */

#define TABLE creduction_baseline_table
#define VECTOR_BYTES 16
#define WIDE_GROUP 1
#if defined(__aarch64__)
#define HAS_FLOAT16_CONVERSION 1
#else
#define HAS_FLOAT16_CONVERSION 0
#endif

#include "variant.h"
