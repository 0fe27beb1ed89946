/* The 16-bit floats: widened to float32 for arithmetic, compared as integers.
 *
 * Included once per variant, by variant.h. */

#pragma STDC FP_CONTRACT OFF

/* The float32 of each 16-bit element of a vector, in two vectors; which elements are where is
 * the business of each type's widening and rounding. */
typedef struct {
    float_vector first, second;
} wide;

INLINE wide add_wide(wide left, wide right) {
    return (wide){left.first + right.first, left.second + right.second};
}

INLINE wide multiply_wide(wide left, wide right) {
    return (wide){left.first * right.first, left.second * right.second};
}

INLINE wide divide_wide(wide sum, uint32_t divisor) {
    return (wide){sum.first / (float)divisor, sum.second / (float)divisor};
}

/* bfloat16 is the upper half of a float32. The elements at even positions go first, then those
 * at odd positions: that order costs shifts and masks, where the memory's order costs shuffles. */

INLINE wide widen_bfloat16(bytes stored) {
    uint32_t_vector words = (uint32_t_vector)stored;
    return (wide){(float_vector)(words << 16), (float_vector)(words & 0xFFFF0000)};
}

/* Rounded in the upper half, whatever is left in the lower one. */
INLINE uint32_t_vector round_upper(float_vector value) {
    uint32_t_vector word = canonical_float(value);
    return word + 0x7FFF + ((word >> 16) & 1);
}

INLINE bytes round_bfloat16(wide value) {
    return (bytes)(round_upper(value.first) >> 16 | (round_upper(value.second) & 0xFFFF0000));
}

#if HAS_FLOAT16_CONVERSION

typedef _Float16 half_vector __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef struct {
    half_vector first, second;
} halves;

INLINE wide widen_float16(bytes stored) {
    halves parts;
    __builtin_memcpy(&parts, &stored, sizeof parts);
    return (wide){__builtin_convertvector(parts.first, float_vector),
                  __builtin_convertvector(parts.second, float_vector)};
}

INLINE bytes round_float16(wide value) {
    float_vector first = (float_vector)canonical_float(value.first);
    float_vector second = (float_vector)canonical_float(value.second);
    halves parts = {__builtin_convertvector(first, half_vector),
                    __builtin_convertvector(second, half_vector)};
    bytes stored;
    __builtin_memcpy(&stored, &parts, sizeof stored);
    return stored;
}

#else

/* After Fabian Giesen's half_to_float and float_to_half_fast3_rtne (public domain), on vectors,
 * in the order of bfloat16. */

/* The exponents differ by 112, a factor that also makes float32 denormals (the image of float16
 * denormals) normal. Infinity and NaN need the whole exponent. */
INLINE float_vector expand(uint32_t_vector word) {
    uint32_t_vector magnitude = (word & 0x7FFF) << 13;
    uint32_t_vector is_special = (uint32_t_vector)(magnitude >= 0x7C00u << 13);
    uint32_t_vector scale = (uint32_t_vector){0} + ((112u + 127u) << 23);
    uint32_t_vector scaled = (uint32_t_vector)((float_vector)magnitude * (float_vector)scale);
    return (float_vector)(scaled | (is_special & 0x7F800000) | (word & 0x8000) << 16);
}

INLINE uint32_t_vector contract(float_vector value) {
    uint32_t_vector word = canonical_float(value);
    uint32_t_vector magnitude = word & 0x7FFFFFFF;
    uint32_t_vector normal = (magnitude - (112u << 23) + 0xFFF + ((magnitude >> 13) & 1)) >> 13;
    /* Adding 0.5 leaves the 10 bits of a float16 denormal, rounded, at the bottom of the word. */
    uint32_t_vector half = (uint32_t_vector){0} + (126u << 23);
    float_vector aligned = (float_vector)magnitude + (float_vector)half;
    uint32_t_vector denormal = (uint32_t_vector)aligned - half;
    uint32_t_vector is_nan = (uint32_t_vector)(magnitude > 255u << 23);
    uint32_t_vector special = 0x7C00 | (is_nan & 0x0200);
    uint32_t_vector is_special = (uint32_t_vector)(magnitude >= 143u << 23);
    uint32_t_vector is_denormal = (uint32_t_vector)(magnitude < 113u << 23);
    uint32_t_vector result = CHOOSE(is_special, special, CHOOSE(is_denormal, denormal, normal));
    return result | (word & 0x80000000) >> 16;
}

INLINE wide widen_float16(bytes stored) {
    uint32_t_vector words = (uint32_t_vector)stored;
    return (wide){expand(words & 0xFFFF), expand(words >> 16)};
}

INLINE bytes round_float16(wide value) {
    return (bytes)(contract(value.first) | contract(value.second) << 16);
}

#endif

/* Minimum and maximum need no conversion: flipping the magnitude bits of negative floats makes
 * them ordered as signed integers, -0 below +0. The magnitudes beyond infinity are NaNs; all of
 * them become the one end of the order that wins, which no other value reaches. */

INLINE int16_t_vector order_halves(int16_t_vector value) {
    return value ^ ((value >> 15) & 0x7FFF);
}

INLINE bytes minimum_ordered(bytes left, bytes right) {
    return (bytes)__builtin_elementwise_min((int16_t_vector)left, (int16_t_vector)right);
}

INLINE bytes maximum_ordered(bytes left, bytes right) {
    return (bytes)__builtin_elementwise_max((int16_t_vector)left, (int16_t_vector)right);
}

#define ORDERED_HALF(half, infinity, quiet_nan, end, bound)                                       \
    INLINE bytes order_for_##end##_##half(bytes stored) {                                         \
        int16_t_vector value = (int16_t_vector)stored;                                            \
        int16_t_vector is_nan = (value & 0x7FFF) > infinity;                                      \
        return (bytes)CHOOSE(is_nan, (int16_t)bound, order_halves(value));                        \
    }                                                                                             \
    INLINE bytes restore_##end##_##half(bytes ordered, uint32_t divisor) {                        \
        (void)divisor;                                                                            \
        int16_t_vector value = (int16_t_vector)ordered;                                           \
        int16_t_vector is_nan = value == (int16_t)bound;                                          \
        return (bytes)CHOOSE(is_nan, (int16_t)quiet_nan, order_halves(value));                    \
    }

#define HALF(half, infinity, quiet_nan)                                                           \
    ORDERED_HALF(half, infinity, quiet_nan, minimum, INT16_MIN)                                   \
    ORDERED_HALF(half, infinity, quiet_nan, maximum, INT16_MAX)                                   \
    INLINE bytes settle_##half(wide result, uint32_t divisor) {                                   \
        (void)divisor;                                                                            \
        return round_##half(result);                                                              \
    }                                                                                             \
    INLINE bytes divide_##half(wide sum, uint32_t divisor) {                                      \
        return round_##half(divide_wide(sum, divisor));                                           \
    }

HALF(float16, 0x7C00, 0x7E00)
HALF(bfloat16, 0x7F80, 0x7FC0)
