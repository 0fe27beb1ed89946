/* The floating-point environment of the calling thread. */

#include "CReductionKernels.h"

#if defined(__x86_64__)

/* MXCSR: every exception masked, round to nearest even, denormals kept; the low six bits only
 * record which exceptions have happened. */
#define DEFAULT_CONTROL 0x1F80u
#define STATUS_BITS 0x3Fu

uint64_t creduction_environment_enter(void) {
    unsigned previous = __builtin_ia32_stmxcsr();
    if ((previous & ~STATUS_BITS) != DEFAULT_CONTROL)
        __builtin_ia32_ldmxcsr(DEFAULT_CONTROL | (previous & STATUS_BITS));
    return previous;
}

void creduction_environment_leave(uint64_t previous) {
    if (((unsigned)previous & ~STATUS_BITS) != DEFAULT_CONTROL)
        __builtin_ia32_ldmxcsr((unsigned)previous);
}

#elif defined(__aarch64__)

/* FPCR: zero is the default in every field. */
uint64_t creduction_environment_enter(void) {
    uint64_t previous;
    __asm__ volatile("mrs %0, fpcr" : "=r"(previous));
    if (previous != 0)
        __asm__ volatile("msr fpcr, %0" ::"r"((uint64_t)0));
    return previous;
}

void creduction_environment_leave(uint64_t previous) {
    if (previous != 0)
        __asm__ volatile("msr fpcr, %0" ::"r"(previous));
}

#else
#error "say here how this processor's floating-point environment is set"
#endif
