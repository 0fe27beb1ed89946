#define _GNU_SOURCE
#include "CNuma.h"

#include <errno.h>
#include <numa.h>
#include <numaif.h>
#include <sched.h>

int cnuma_is_available(void) { return numa_available() >= 0; }

int cnuma_highest_node(void) {
    int node = numa_max_node();
    return node < 0 ? -ENODEV : node;
}

int cnuma_may_allocate(int node) {
    struct bitmask *allowed = numa_get_mems_allowed();
    if (allowed == NULL) return 0;
    int result = node >= 0 && (unsigned long)node < allowed->size &&
                 numa_bitmask_isbitset(allowed, (unsigned int)node);
    numa_bitmask_free(allowed);
    return result;
}

int cnuma_node_of_processor(int processor) {
    int node = numa_node_of_cpu(processor);
    return node < 0 ? -EINVAL : node;
}

int cnuma_current_node(void) {
    int processor = sched_getcpu();
    return processor < 0 ? -errno : cnuma_node_of_processor(processor);
}

/* numa_run_on_node would also give a thread processors that its user took from it. */
int cnuma_run_thread(int node) {
    struct bitmask *own = numa_allocate_cpumask();
    struct bitmask *of_node = numa_allocate_cpumask();
    int result = -ENOMEM;
    if (own != NULL && of_node != NULL) {
        result = -EINVAL;
        if (numa_sched_getaffinity(0, own) >= 0 && numa_node_to_cpus(node, of_node) == 0) {
            int count = 0;
            for (unsigned long i = 0; i < own->size; i++) {
                unsigned int processor = (unsigned int)i;
                if (!numa_bitmask_isbitset(own, processor)) continue;
                if (numa_bitmask_isbitset(of_node, processor))
                    count++;
                else
                    numa_bitmask_clearbit(own, processor);
            }
            if (count > 0) result = numa_sched_setaffinity(0, own) < 0 ? -errno : count;
        }
    }
    if (own != NULL) numa_bitmask_free(own);
    if (of_node != NULL) numa_bitmask_free(of_node);
    return result;
}

/* numa_tonode_memory does not say whether it failed. */
int cnuma_prefer(void *start, size_t byte_count, int node) {
    if (node < 0 || node > numa_max_node()) return -EINVAL;
    struct bitmask *mask = numa_allocate_nodemask();
    if (mask == NULL) return -ENOMEM;
    numa_bitmask_setbit(mask, (unsigned int)node);
    /* The kernel reads one bit less than it is told. */
    long result = mbind(start, byte_count, MPOL_PREFERRED, mask->maskp, mask->size + 1, MPOL_MF_MOVE);
    int error = errno;
    numa_bitmask_free(mask);
    return result < 0 ? -error : 0;
}

int cnuma_locate(void *const *pages, size_t count, int *nodes) {
    return move_pages(0, count, (void **)pages, NULL, nodes, 0) < 0 ? -errno : 0;
}
