#ifndef CREDUCTION_KERNELS_H
#define CREDUCTION_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The arithmetic of the collectives: ordered, k-ary, element-wise reductions in plain C.
 *
 * It is C because vector code for several processors in one binary needs a target attribute per
 * function, which Swift does not have. Nothing here allocates, blocks, keeps state or decides
 * anything; a caller looks a kernel up once per collective call and then calls through it.
 *
 * THE BITS. Every variant (baseline, AVX2, AVX-512; x86-64 and aarch64) gives the same bits for
 * the same operands, at any address and at any position in the buffer:
 *
 * - Operands are combined in the order of `sources`: ((s0 op s1) op s2) op ...
 * - float32, float64: one IEEE 754 operation, rounded to nearest even, per combined operand. No
 *   multiplication is ever fused with an addition.
 * - float16, bfloat16, sum and product: operands are widened to float32 (exact), combined there
 *   over all sources of the call, and rounded once to nearest even at its end. Values beyond the
 *   range become infinities; denormals are kept. So three operands in one call may round
 *   differently from the same three in two calls: the grouping belongs to the schedule.
 * - Integer sum and product wrap modulo 2^bits.
 * - minimum, maximum: IEEE 754-2019 minimum and maximum, that is, a NaN operand gives NaN and
 *   -0 is less than +0.
 * - Every NaN that comes out of a combination is the positive quiet NaN without payload
 *   (0x7E00, 0x7FC0, 0x7FC00000, 0x7FF8000000000000). Processors disagree about payload and sign
 *   of a NaN result, so only a canonical one can be the same on all ranks. Only a plain copy
 *   (`combine` with one source) keeps the NaNs it is given.
 * - average is the sum, divided once by the divisor in the call of `finish`: floats by one IEEE
 *   division (float16 and bfloat16 in float32, before their one rounding), integers truncating
 *   toward zero, after the sum has wrapped.
 *
 * All of this holds in the default floating-point environment: see
 * `creduction_environment_enter`.
 */

/* Element types. The values are wire values. */
typedef int32_t creduction_type;
enum {
    creduction_int8 = 1,
    creduction_uint8 = 2,
    creduction_int32 = 3,
    creduction_uint32 = 4,
    creduction_int64 = 5,
    creduction_uint64 = 6,
    creduction_float16 = 7,
    creduction_bfloat16 = 8,
    creduction_float32 = 9,
    creduction_float64 = 10
};

/* Operations. The values are wire values. */
typedef int32_t creduction_operation;
enum {
    creduction_sum = 1,
    creduction_product = 2,
    creduction_minimum = 3,
    creduction_maximum = 4,
    creduction_average = 5
};

/* The instruction sets that kernels are compiled for. On processors other than x86-64 there is
 * only the baseline, which the compiler vectorises for that processor. */
typedef int32_t creduction_variant;
enum {
    creduction_baseline = 0, /* SSE2 on x86-64 */
    creduction_avx2 = 1,     /* AVX2 and F16C */
    creduction_avx512 = 2    /* AVX-512 F, BW, DQ, VL */
};

#pragma clang assume_nonnull begin

/* into[i] = ((sources[0][i] op sources[1][i]) op sources[2][i]) ... for `count` elements.
 *
 * `into` may be one of the sources (the very same address); otherwise no source may overlap it.
 * Addresses need no alignment, not even that of the element. With one source this is a copy, and
 * nothing at all where that source is `into`. `source_count` is at least 1, `count` may be 0. */
typedef void (*creduction_combine)(void *into, const void *const _Nonnull *_Nonnull sources,
                                   size_t source_count, size_t count);

/* The same, then divided by `divisor` (at least 1), in one pass: the combination that completes
 * an average. With one source it only divides, in place where that source is `into`.
 *
 * For float16 and bfloat16 the sum is rounded only after the division, so that two operands of
 * 40000 average to 40000 although their float16 sum is infinite. What earlier calls rounded stays
 * rounded: a sum that travels between ranks travels in its 16 bits. */
typedef void (*creduction_finish)(void *into, const void *const _Nonnull *_Nonnull sources,
                                  size_t source_count, size_t count, uint32_t divisor);

/* What one (type, operation) needs: `combine` for every combination, except that `finish`, where
 * it is not NULL (average), takes the place of `combine` for the one that completes the result. */
typedef struct {
    creduction_combine _Nullable combine;
    creduction_finish _Nullable finish;
} creduction_kernel;

/* The kernel for a type and an operation, in the best variant this processor runs. Both members
 * are NULL when either value is unknown. */
creduction_kernel creduction_lookup(creduction_type type, creduction_operation operation);

/* The same in a chosen variant; both members are NULL also where this processor lacks it. */
creduction_kernel creduction_lookup_variant(creduction_variant variant, creduction_type type,
                                            creduction_operation operation);

/* The variant that creduction_lookup uses, and whether this processor runs a given one. */
creduction_variant creduction_best_variant(void);
bool creduction_variant_is_supported(creduction_variant variant);

/* "baseline", "AVX2", "AVX-512", or NULL for an unknown value. */
const char *_Nullable creduction_variant_name(creduction_variant variant);

/* Bytes per element of a type, or 0 for an unknown value. */
size_t creduction_element_byte_count(creduction_type type);

/* Gives the calling thread the default floating-point environment (round to nearest even,
 * denormals kept, no traps) and returns what it had. A program may have changed it: linking with
 * -ffast-math, or torch.set_flush_denormal, flushes denormals on that thread, and ranks that
 * differ in this would differ in their results. Bracket the kernel calls of one collective with
 * these two; each is a few cycles where nothing has to change. */
uint64_t creduction_environment_enter(void);

/* Restores what creduction_environment_enter returned. */
void creduction_environment_leave(uint64_t previous);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif
