/* The operations on one vector, for each element type.
 *
 * Included once per variant, by variant.h. Each takes and gives plain `bytes` (or `wide`, for the
 * 16-bit floats) and reads them as its own type. */

#pragma STDC FP_CONTRACT OFF

VECTOR(int8_t, VECTOR_BYTES);
VECTOR(uint8_t, VECTOR_BYTES);
VECTOR(int16_t, VECTOR_BYTES);
VECTOR(uint16_t, VECTOR_BYTES);
VECTOR(int32_t, VECTOR_BYTES);
VECTOR(uint32_t, VECTOR_BYTES);
VECTOR(int64_t, VECTOR_BYTES);
VECTOR(uint64_t, VECTOR_BYTES);
VECTOR(float, VECTOR_BYTES);
VECTOR(double, VECTOR_BYTES);

/* `mask` is all ones or all zeros per element: chooses between `yes` and `no`. */
#define CHOOSE(mask, yes, no) (((mask) & (yes)) | (~(mask) & (no)))

INLINE bytes same(bytes value) { return value; }

INLINE bytes as_is(bytes value, uint32_t divisor) {
    (void)divisor;
    return value;
}

/* Integers. Unsigned arithmetic wraps and is the same for signed operands. */

#define WRAPPING(element)                                                                         \
    INLINE bytes add_##element(bytes left, bytes right) {                                         \
        return (bytes)((element##_vector)left + (element##_vector)right);                         \
    }                                                                                             \
    INLINE bytes multiply_##element(bytes left, bytes right) {                                    \
        return (bytes)((element##_vector)left * (element##_vector)right);                         \
    }

#define ORDERED(element)                                                                          \
    INLINE bytes minimum_##element(bytes left, bytes right) {                                     \
        return (bytes)__builtin_elementwise_min((element##_vector)left, (element##_vector)right); \
    }                                                                                             \
    INLINE bytes maximum_##element(bytes left, bytes right) {                                     \
        return (bytes)__builtin_elementwise_max((element##_vector)left, (element##_vector)right); \
    }

WRAPPING(uint8_t)
WRAPPING(uint32_t)
WRAPPING(uint64_t)
ORDERED(int8_t)
ORDERED(uint8_t)
ORDERED(int32_t)
ORDERED(uint32_t)
ORDERED(int64_t)
ORDERED(uint64_t)

/* Integer division through a floating type that holds every dividend exactly: there is no vector
 * instruction for it. The quotient of a dividend below 2^p, correctly rounded to p or more bits,
 * never reaches the next integer, so truncating it is exact. (A divisor that float rounds is
 * above 2^24, and every 8-bit quotient is then 0 either way.) */
#define DIVIDE_THROUGH(floating, element)                                                         \
    INLINE bytes divide_##element(bytes sum, uint32_t divisor) {                                  \
        typedef floating dividends                                                                \
            __attribute__((vector_size(VECTOR_BYTES / sizeof(element) * sizeof(floating))));      \
        dividends quotients = __builtin_convertvector((element##_vector)sum, dividends);          \
        quotients /= (floating)divisor;                                                           \
        return (bytes)__builtin_convertvector(quotients, element##_vector);                       \
    }

#define DIVIDE_EACH(element)                                                                      \
    INLINE bytes divide_##element(bytes sum, uint32_t divisor) {                                  \
        element##_vector quotients = (element##_vector)sum;                                       \
        for (size_t i = 0; i < VECTOR_BYTES / sizeof(element); i++)                               \
            quotients[i] /= (element)divisor;                                                     \
        return (bytes)quotients;                                                                  \
    }

DIVIDE_THROUGH(float, int8_t)
DIVIDE_THROUGH(float, uint8_t)
DIVIDE_THROUGH(double, int32_t)
DIVIDE_THROUGH(double, uint32_t)
DIVIDE_EACH(int64_t)
DIVIDE_EACH(uint64_t)

/* float32 and float64.
 *
 * x86 takes the payload of a NaN result from the first NaN operand (and the compiler may swap the
 * operands of an addition), others prefer signalling ones, and the NaN of an invalid operation is
 * negative on x86 and positive elsewhere: hence `canonical`, once per result.
 *
 * `a < b ? a : b` is the machine's own minimum, which gives b when the two are equal, so the
 * or of both orders is -0 when either is; for a maximum, the and is +0. */
#define FLOATING(real, word, quiet_nan)                                                           \
    INLINE word##_vector canonical_##real(real##_vector value) {                                  \
        word##_vector is_nan = (word##_vector)(value != value);                                   \
        return CHOOSE(is_nan, quiet_nan, (word##_vector)value);                                   \
    }                                                                                             \
    INLINE word##_vector smaller_##real(real##_vector left, real##_vector right) {                \
        word##_vector is_less = (word##_vector)(left < right);                                    \
        return CHOOSE(is_less, (word##_vector)left, (word##_vector)right);                        \
    }                                                                                             \
    INLINE word##_vector larger_##real(real##_vector left, real##_vector right) {                 \
        word##_vector is_greater = (word##_vector)(left > right);                                 \
        return CHOOSE(is_greater, (word##_vector)left, (word##_vector)right);                     \
    }                                                                                             \
    INLINE bytes add_##real(bytes left, bytes right) {                                            \
        return (bytes)((real##_vector)left + (real##_vector)right);                               \
    }                                                                                             \
    INLINE bytes multiply_##real(bytes left, bytes right) {                                       \
        return (bytes)((real##_vector)left * (real##_vector)right);                               \
    }                                                                                             \
    INLINE bytes minimum_##real(bytes left, bytes right) {                                        \
        real##_vector a = (real##_vector)left, b = (real##_vector)right;                          \
        word##_vector is_unordered = (word##_vector)(a != a) | (word##_vector)(b != b);           \
        word##_vector chosen = smaller_##real(a, b) | smaller_##real(b, a);                       \
        return (bytes)CHOOSE(is_unordered, quiet_nan, chosen);                                    \
    }                                                                                             \
    INLINE bytes maximum_##real(bytes left, bytes right) {                                        \
        real##_vector a = (real##_vector)left, b = (real##_vector)right;                          \
        word##_vector is_unordered = (word##_vector)(a != a) | (word##_vector)(b != b);           \
        word##_vector chosen = larger_##real(a, b) & larger_##real(b, a);                         \
        return (bytes)CHOOSE(is_unordered, quiet_nan, chosen);                                    \
    }                                                                                             \
    INLINE bytes settle_##real(bytes result, uint32_t divisor) {                                  \
        (void)divisor;                                                                            \
        return (bytes)canonical_##real((real##_vector)result);                                    \
    }                                                                                             \
    INLINE bytes divide_##real(bytes sum, uint32_t divisor) {                                     \
        return (bytes)canonical_##real((real##_vector)sum / (real)divisor);                       \
    }

FLOATING(float, uint32_t, UINT32_C(0x7FC00000))
FLOATING(double, uint64_t, UINT64_C(0x7FF8000000000000))
