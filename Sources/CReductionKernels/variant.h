/* All kernels of one variant.
 *
 * A template: included by one .c file per variant, with TABLE, the name of the table it defines,
 * VECTOR_BYTES, WIDE_GROUP (how many 16-bit vectors fit the registers once widened) and
 * HAS_FLOAT16_CONVERSION, and under a pragma that gives every function the variant's target. */

#include "table.h"

#include "vectors.h"
#include "arithmetic.h"
#include "halves.h"

#define HELD bytes
#define GROUP 4
#define NAMED(word) plain_##word
#include "drive.h"
#undef HELD
#undef GROUP
#undef NAMED

#define HELD wide
#define GROUP WIDE_GROUP
#define NAMED(word) widened_##word
#include "drive.h"
#undef HELD
#undef GROUP
#undef NAMED

/* Copies, where there is nothing to combine. */
INLINE void copy(void *into, const void *source, size_t byte_count) {
    if (into != source)
        __builtin_memcpy(into, source, byte_count);
}

#define COMBINE(form, name, size, ...)                                                            \
    static void name(void *into, const void *const *sources, size_t source_count, size_t count) { \
        if (source_count == 1)                                                                    \
            copy(into, sources[0], count * size);                                                 \
        else                                                                                      \
            form##_drive(into, sources, source_count, count * size,                               \
                         (form##_recipe){__VA_ARGS__}, 1);                                        \
    }

#define FINISH(form, name, size, ...)                                                             \
    static void name(void *into, const void *const *sources, size_t source_count, size_t count,   \
                     uint32_t divisor) {                                                          \
        form##_drive(into, sources, source_count, count * size, (form##_recipe){__VA_ARGS__},     \
                     divisor);                                                                    \
    }

#define INTEGER_RING(bits)                                                                        \
    COMBINE(plain, int##bits##_sum, bits / 8, same, add_uint##bits##_t, as_is)                    \
    COMBINE(plain, int##bits##_product, bits / 8, same, multiply_uint##bits##_t, as_is)

#define INTEGER(name, element, ring)                                                              \
    COMBINE(plain, name##_minimum, sizeof(element), same, minimum_##element, as_is)               \
    COMBINE(plain, name##_maximum, sizeof(element), same, maximum_##element, as_is)               \
    FINISH(plain, name##_average, sizeof(element), same, add_##ring, divide_##element)

#define REAL(name, element)                                                                       \
    COMBINE(plain, name##_sum, sizeof(element), same, add_##element, settle_##element)            \
    COMBINE(plain, name##_product, sizeof(element), same, multiply_##element, settle_##element)   \
    COMBINE(plain, name##_minimum, sizeof(element), same, minimum_##element, as_is)               \
    COMBINE(plain, name##_maximum, sizeof(element), same, maximum_##element, as_is)               \
    FINISH(plain, name##_average, sizeof(element), same, add_##element, divide_##element)

#define SMALL_REAL(name)                                                                          \
    COMBINE(widened, name##_sum, 2, widen_##name, add_wide, settle_##name)                        \
    COMBINE(widened, name##_product, 2, widen_##name, multiply_wide, settle_##name)               \
    COMBINE(plain, name##_minimum, 2, order_for_minimum_##name, minimum_ordered,                  \
            restore_minimum_##name)                                                               \
    COMBINE(plain, name##_maximum, 2, order_for_maximum_##name, maximum_ordered,                  \
            restore_maximum_##name)                                                               \
    FINISH(widened, name##_average, 2, widen_##name, add_wide, divide_##name)

/* Signed and unsigned share sum and product. */
INTEGER_RING(8)
INTEGER_RING(32)
INTEGER_RING(64)
INTEGER(int8, int8_t, uint8_t)
INTEGER(uint8, uint8_t, uint8_t)
INTEGER(int32, int32_t, uint32_t)
INTEGER(uint32, uint32_t, uint32_t)
INTEGER(int64, int64_t, uint64_t)
INTEGER(uint64, uint64_t, uint64_t)
SMALL_REAL(float16)
SMALL_REAL(bfloat16)
REAL(float32, float)
REAL(float64, double)

#define ROW(type, ring)                                                                           \
    [creduction_##type] = {                                                                       \
        [creduction_sum] = {ring##_sum, NULL},                                                    \
        [creduction_product] = {ring##_product, NULL},                                            \
        [creduction_minimum] = {type##_minimum, NULL},                                            \
        [creduction_maximum] = {type##_maximum, NULL},                                            \
        [creduction_average] = {ring##_sum, type##_average},                                      \
    }

const creduction_table TABLE = {
    ROW(int8, int8),       ROW(uint8, int8),       ROW(int32, int32),     ROW(uint32, int32),
    ROW(int64, int64),     ROW(uint64, int64),     ROW(float16, float16), ROW(bfloat16, bfloat16),
    ROW(float32, float32), ROW(float64, float64),
};
