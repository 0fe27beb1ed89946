/* The kernels for x86-64 with AVX-512. */

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), \
                             apply_to = function)

#define TABLE creduction_avx512_table
#define VECTOR_BYTES 64
#define WIDE_GROUP 4
#define HAS_FLOAT16_CONVERSION 1

#include "variant.h"

#pragma clang attribute pop

#endif
