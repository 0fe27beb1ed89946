/* What Martlet asks of libnuma (Debian: libnuma-dev). Functions and not inline: numa.h prints to
 * stderr and hands out masks that somebody must free, neither of which should reach Swift. Each
 * returns a result or a negated errno. A node is the kernel's number of it. */
#ifndef CNUMA_H
#define CNUMA_H

#include <stddef.h>
#include <stdint.h>

/* 1 when the kernel serves NUMA policies to this process, else 0: containers may forbid them. */
int cnuma_is_available(void);

/* The highest number that a node of this machine can have. */
int cnuma_highest_node(void);

/* 1 when this process may have memory of the node, else 0. */
int cnuma_may_allocate(int node);

/* The node of a processor. */
int cnuma_node_of_processor(int processor);

/* The node on which the calling thread runs at this moment. */
int cnuma_current_node(void);

/* Lets the calling thread run only on those of its processors that the node has. Returns their
 * count; changes nothing and returns -EINVAL where it has none there. */
int cnuma_run_thread(int node);

/* Asks for the pages of whole pages of memory on the node, and moves those that exist. The kernel
 * takes other nodes when that one is full. */
int cnuma_prefer(void *start, size_t byte_count, int node);

/* Where each of so many pages is: a node, or a negated errno, -ENOENT for one never touched. */
int cnuma_locate(void *const *pages, size_t count, int *nodes);

#endif
