/* Which kernels this processor runs, and finding one. */

#include "table.h"

bool creduction_variant_is_supported(creduction_variant variant) {
    switch (variant) {
    case creduction_baseline:
        return true;
#if defined(__x86_64__)
    /* These look at what the operating system saves on a context switch, too. */
    case creduction_avx2:
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c");
    case creduction_avx512:
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
    default:
        return false;
    }
}

creduction_variant creduction_best_variant(void) {
    if (creduction_variant_is_supported(creduction_avx512))
        return creduction_avx512;
    if (creduction_variant_is_supported(creduction_avx2))
        return creduction_avx2;
    return creduction_baseline;
}

const char *creduction_variant_name(creduction_variant variant) {
    switch (variant) {
    case creduction_baseline:
        return "baseline";
    case creduction_avx2:
        return "AVX2";
    case creduction_avx512:
        return "AVX-512";
    default:
        return NULL;
    }
}

size_t creduction_element_byte_count(creduction_type type) {
    switch (type) {
    case creduction_int8:
    case creduction_uint8:
        return 1;
    case creduction_float16:
    case creduction_bfloat16:
        return 2;
    case creduction_int32:
    case creduction_uint32:
    case creduction_float32:
        return 4;
    case creduction_int64:
    case creduction_uint64:
    case creduction_float64:
        return 8;
    default:
        return 0;
    }
}

static const creduction_table *table_of(creduction_variant variant) {
#if defined(__x86_64__)
    if (variant == creduction_avx512)
        return &creduction_avx512_table;
    if (variant == creduction_avx2)
        return &creduction_avx2_table;
#endif
    (void)variant;
    return &creduction_baseline_table;
}

static creduction_kernel find(creduction_variant variant, creduction_type type,
                              creduction_operation operation) {
    if (type < creduction_int8 || type > creduction_float64 || operation < creduction_sum ||
        operation > creduction_average)
        return (creduction_kernel){NULL, NULL};
    return (*table_of(variant))[type][operation];
}

creduction_kernel creduction_lookup(creduction_type type, creduction_operation operation) {
    return find(creduction_best_variant(), type, operation);
}

creduction_kernel creduction_lookup_variant(creduction_variant variant, creduction_type type,
                                            creduction_operation operation) {
    if (!creduction_variant_is_supported(variant))
        return (creduction_kernel){NULL, NULL};
    return find(variant, type, operation);
}
