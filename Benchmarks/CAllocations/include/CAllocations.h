#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdint.h>

/* How often this process has asked for memory: linking this target puts counting functions in front of
 * the C library's. */
uint64_t callocations_count(void);

#endif
