/* What the variants give to the lookup. */
#ifndef CREDUCTION_TABLE_H
#define CREDUCTION_TABLE_H

#include "CReductionKernels.h"

/* Indexed by type and operation, whose values start at 1: row and column 0 stay empty. */
typedef creduction_kernel creduction_table[creduction_float64 + 1][creduction_average + 1];

extern const creduction_table creduction_baseline_table;
#if defined(__x86_64__)
extern const creduction_table creduction_avx2_table;
extern const creduction_table creduction_avx512_table;
#endif

#endif
