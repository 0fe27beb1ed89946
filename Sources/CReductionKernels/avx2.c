/* The kernels for x86-64 with AVX2 and F16C. */

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,f16c"))), apply_to = function)

#define TABLE creduction_avx2_table
#define VECTOR_BYTES 32
#define WIDE_GROUP 4
#define HAS_FLOAT16_CONVERSION 1

#include "variant.h"

#pragma clang attribute pop

#endif
